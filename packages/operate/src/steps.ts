import type { WantedService } from '@bundle/engine';
import { BundleError, reasonOf } from '@bundle/format';
import {
  type Journal,
  type Pending,
  pinnedName,
  runImages,
  type Step,
  switchCurrent,
  writeJournal,
} from '@bundle/import';
import { backUpVolumes, backupFolder, hasBackup, restoreVolumes } from './backup.ts';
import { judge, type Verdict } from './health.ts';
import {
  currentOf,
  findRelease,
  type InstanceState,
  requestFor,
  type StagedRelease,
} from './instance.ts';
import { finished } from './recovery.ts';
import { freeRoom, reserveRoom } from './reserve.ts';
import { restoreSettings } from './settings-files.ts';
import { refreshNginx, replaceSideBySide } from './side-by-side.ts';
import type { BringUpOptions, Tools, UpReport } from './up-types.ts';
import { isEngineGone, type Unhealthy, waitForEngine, waitHealthy } from './wait.ts';

export interface StepContext {
  readonly tools: Tools;
  readonly state: InstanceState;
  readonly options: BringUpOptions;
  readonly journal: Journal;
}

type Result = Omit<UpReport, 'seconds' | 'plan'>;

/** Compose may fail because the engine restarts; more often than this it is another cause. */
const maxStarts = 3;
const logLines = 20;
const never = new AbortController().signal;

/** Names of all points that `onPoint` is told of, in order: before and after the work of each step. */
export const points: readonly string[] = [
  ...(['prepare', 'back-up', 'restore', 'start', 'switch', 'undo'] as const).flatMap((step) => [
    `${step}:begin`,
    ...(step === 'switch' ? ['switch:linked'] : []),
    ...(step === 'undo' ? ['undo:restored', 'undo:started'] : []),
    `${step}:end`,
  ]),
];

/** The steps from that of `pending` on; whatever goes wrong in one, what ran before is brought back. */
export async function runSteps(context: StepContext, pending: Pending): Promise<Result> {
  const order: readonly Step[] = ['back-up', 'restore', 'start', 'switch'];
  const { options, state } = context;
  const target = findRelease(state, pending.to);
  let services: readonly Verdict[] = [];
  let now = pending;
  try {
    await reserveRoom(state.root);
    for (const step of order.slice(order.indexOf(pending.step))) {
      if (step === 'back-up' && pending.backup === null) continue;
      if (step === 'restore' && pending.restore === null) continue;
      now = { ...pending, step };
      if (step === 'switch') await freeRoom(state.root);
      await writeJournal(state.root, { ...context.journal, pending: now });
      options.onPoint(`${step}:begin`);
      if (step === 'back-up') await backUp(context, now);
      if (step === 'restore') await putBack(context, pending.restore ?? '', target, options.signal);
      if (step === 'start') services = await start(context, target, options.signal);
      if (step === 'switch') await switchTo(context, now, target);
      options.onPoint(`${step}:end`);
    }
  } catch (error) {
    // Once `current` names it, the next run has only to write that down.
    if (now.step === 'switch' && (await currentOf(state.root)) === target.name) throw error;
    return goBack(context, now, error);
  }
  const backup = pending.backup ?? undefined;
  return { outcome: 'started', name: state.name, running: target.name, services, backup };
}

/** The failure is told at once; then everything is as it was before. */
async function goBack(context: StepContext, pending: Pending, error: unknown): Promise<Result> {
  const failure = error instanceof BundleError ? error : undefined;
  const isStopped = context.options.signal.aborted;
  const why = failure?.message ?? (isStopped ? 'the run was stopped' : reasonOf(error));
  const result = await undo(context, { ...pending, failure: why });
  if (failure === undefined && !isStopped) throw error;
  const hasReturned = result.error?.code !== 'return-failed';
  if (failure === undefined || !hasReturned) return result;
  return {
    ...result,
    error: failure.code === 'release-unhealthy' ? (result.error ?? failure) : failure,
  };
}

/** Stops the services, so that nothing writes while the volumes are copied. */
async function backUp({ tools, state, options }: StepContext, pending: Pending): Promise<void> {
  const { runtime, compose } = tools;
  options.onLine('Stopping the services to copy their volumes');
  await compose.stop(projectOf(state), options.onLine, options.signal);
  const folder = backupFolder(state.root, pending.backup ?? '');
  const image = anyImage(findRelease(state, pending.to));
  await backUpVolumes(runtime, state.name, folder, pending.from ?? 'none', { ...options, image });
}

async function putBack(
  { tools, state, options }: StepContext,
  backup: string,
  release: StagedRelease,
  signal: AbortSignal,
): Promise<void> {
  await tools.compose.down(projectOf(state), { volumes: false }, options.onLine, signal);
  const copy = { image: anyImage(release), onProgress: options.onProgress, signal };
  await restoreVolumes(tools.runtime, backupFolder(state.root, backup), copy);
}

/** Starts a release and waits until it is healthy and stays so. Fails with `release-unhealthy`. */
async function start(
  context: StepContext,
  release: StagedRelease,
  signal: AbortSignal,
  settleMs = context.options.settleMs,
): Promise<readonly Verdict[]> {
  const { tools, state, options } = context;
  const deadline = performance.now() + options.timeoutMs;
  const services = runImages(release.manifest).flatMap((image) => image.services);
  const plan = await tools.compose.services(requestFor(state.name, release));
  const wanted = [...plan.keys()];
  const words = await composeUp(context, release, plan, deadline, signal);
  const { probe, onProgress } = options;
  const unhealthy = await waitHealthy(tools.runtime, {
    project: state.name,
    services: wanted.length > 0 ? wanted : services,
    // Compose has given up already: what is not ready now will not be.
    deadline: words === undefined ? deadline : performance.now(),
    settleMs,
    ...(probe === undefined ? {} : { probe }),
    onProgress,
    signal,
  });
  if (unhealthy.length === 0 && words === undefined)
    return judge(wanted, await tools.runtime.containers(state.name));
  await showLogs(context, unhealthy);
  throw unhealthyError(context, release, unhealthy, words);
}

/** What Compose said when it failed; undefined when it did not. */
async function composeUp(
  { tools, state, options }: StepContext,
  release: StagedRelease,
  wanted: ReadonlyMap<string, WantedService>,
  deadline: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  options.onProgress({ phase: 'starting services', doneBytes: 0 });
  for (let attempt = 1; ; attempt += 1) {
    const limit = AbortSignal.timeout(Math.max(1, Math.ceil(deadline - performance.now())));
    try {
      const request = requestFor(state.name, release);
      const replacing = { request, wanted, onLine: options.onLine, deadline, signal };
      await replaceSideBySide(tools, state.name, replacing);
      const before = await tools.runtime.containers(state.name);
      await tools.compose.start(request, options.onLine, AbortSignal.any([signal, limit]));
      await refreshNginx(tools.runtime, state.name, before);
      return undefined;
    } catch (error) {
      if (signal.aborted || !(error instanceof BundleError)) throw error;
      if (limit.aborted) return 'docker compose up did not end in time';
      if (!isEngineGone(error) || attempt >= maxStarts) {
        if (error.code !== 'start-failed') throw error;
        return error.details.found ?? error.message;
      }
      options.onLine('The engine is gone; waiting until it answers again');
      await waitForEngine(tools.runtime, state.name, deadline);
    }
  }
}

async function showLogs({ tools, state, options }: StepContext, bad: Unhealthy): Promise<void> {
  const services = [...new Set(bad.map(({ service }) => service))];
  const known = (await containersIfAny(tools, state.name)).map(({ service }) => service);
  const wanted = services.filter((service) => known.includes(service));
  if (wanted.length === 0) return;
  options.onLine(`Last lines of ${wanted.join(', ')}:`);
  await tools.compose.logs(projectOf(state), wanted, { tail: logLines }, options.onLine, never);
}

async function containersIfAny({ runtime }: Tools, project: string) {
  try {
    return await runtime.containers(project);
  } catch (error) {
    if (isEngineGone(error)) return [];
    throw error;
  }
}

async function switchTo(
  { state, options, journal }: StepContext,
  pending: Pending,
  { folder }: StagedRelease,
): Promise<void> {
  const { root } = state;
  await switchCurrent({ root, releaseDir: folder, currentLink: `${root}/current` });
  options.onPoint('switch:linked');
  await writeJournal(root, finished(journal, pending, options.now()));
}

/**
 * Brings back what ran before: its volumes where they were copied, its settings, its images. It does not stop for
 * Ctrl-C; a run that is killed in it leaves the rest to the next one.
 */
export async function undo(context: StepContext, pending: Pending): Promise<Result> {
  const { tools, state, options, journal } = context;
  const { from, to, backup } = pending;
  await waitForEngine(tools.runtime, state.name, performance.now() + options.timeoutMs);
  const now: Pending = { ...pending, step: 'undo' };
  await freeRoom(state.root);
  await writeIfRoom(context, { ...journal, pending: now });
  options.onPoint('undo:begin');
  const before = state.releases.find(({ name }) => name === from);
  // A copy that did not get whole means that the new release has not started yet.
  const isCopied = backup !== null && (await hasBackup(backupFolder(state.root, backup)));
  if (isCopied && before !== undefined) await putBack(context, backup, before, never);
  options.onPoint('undo:restored');
  let services: readonly Verdict[] = [];
  let failed: BundleError | undefined;
  if (before === undefined) {
    await tools.compose.down(projectOf(state), { volumes: false }, options.onLine, never);
  } else {
    if (from === to) await restoreSettings(before);
    options.onLine(`Going back to ${before.manifest.version}`);
    try {
      services = await start({ ...context, options: withoutProbe(options) }, before, never, 0);
    } catch (error) {
      if (!(error instanceof BundleError) || isEngineGone(error)) throw error;
      failed = error;
    }
  }
  options.onPoint('undo:started');
  await writeJournal(state.root, { ...journal, pending: null });
  options.onPoint('undo:end');
  return {
    outcome: 'went back',
    name: state.name,
    running: before?.name,
    services,
    backup: backup ?? undefined,
    error: failed === undefined ? wentBack(context, now) : returnFailed(context, now, failed),
  };
}

/** What ran before comes back even where that cannot be written down: the step of before leads there, too. */
async function writeIfRoom({ state, options }: StepContext, journal: Journal): Promise<void> {
  try {
    await writeJournal(state.root, journal);
  } catch (error) {
    if (!(error instanceof BundleError) || error.code !== 'no-space') throw error;
    options.onLine(`The disk is full: ${state.root} cannot be written`);
  }
}

function withoutProbe({ probe: _, ...options }: BringUpOptions): BringUpOptions {
  return options;
}

function projectOf({ name }: InstanceState) {
  return { files: [], profiles: [], projectName: name };
}

function anyImage({ manifest }: StagedRelease): string {
  const [image] = runImages(manifest);
  return image === undefined ? '' : pinnedName(image);
}

function unhealthyError(
  { state, options }: StepContext,
  { manifest }: StagedRelease,
  unhealthy: Unhealthy,
  words: string | undefined,
): BundleError {
  const verdicts = unhealthy.map(({ service, why }) => `${service}: ${why}`);
  return new BundleError('release-unhealthy', {
    operation: 'starting',
    subject: `${state.name} ${manifest.version}`,
    expected: `healthy services within ${options.timeoutMs / 1000} s`,
    found: [...verdicts, ...(words === undefined ? [] : [words])].join('\n'),
    hint: 'Its logs are above.',
  });
}

function wentBack({ state }: StepContext, { from, to, failure, backup }: Pending): BundleError {
  return new BundleError('release-unhealthy', {
    operation: 'starting',
    subject: `${state.name} ${to}`,
    expected: 'a release that gets healthy and stays so',
    found: failure ?? 'the run before was interrupted',
    hint:
      from === null
        ? 'Nothing ran before, so its containers were removed; volumes and images stay. Mend the cause and run the command again.'
        : `${from} runs again.${backup === null ? ' What the new release wrote into volumes is still there.' : ' The volumes are as they were before.'} The new release stays on this host; mend the cause and run the command again.`,
  });
}

function returnFailed(
  { state }: StepContext,
  { from, to, failure }: Pending,
  error: BundleError,
): BundleError {
  return new BundleError('return-failed', {
    operation: 'going back from',
    subject: `${state.name} ${to} (${failure ?? 'interrupted'})`,
    expected: `${from ?? 'what ran before'} healthy again`,
    found: error.details.found ?? error.message,
    hint: 'Both releases are on this host. See `bundle logs` and `bundle status`; `bundle rollback --restore-volumes` puts volumes back where they were copied.',
    cause: error,
  });
}
