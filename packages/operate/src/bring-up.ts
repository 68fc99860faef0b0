import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProjectContainer } from '@bundle/engine';
import { BundleError, systemErrorCode } from '@bundle/format';
import { type Journal, newJournal, type Pending, pinImages, withLock } from '@bundle/import';
import { backupId, noBackup } from './backup.ts';
import { checkNginx, type ResolvedProject, resolveProject } from './check.ts';
import { checkPorts } from './check-ports.ts';
import { judge, type Verdict } from './health.ts';
import {
  chooseInstance,
  findRelease,
  type InstanceState,
  pinnedFile,
  requestFor,
  type StagedRelease,
} from './instance.ts';
import { checkFiles } from './mounted-files.ts';
import { localImages, localName, pinnedOverride, pinnedServices } from './pins.ts';
import { planRecovery, previousRelease } from './recovery.ts';
import {
  planSettings,
  restoreSettings,
  type SettingsPlan,
  stagedSource,
  writePrivate,
  writeSettings,
} from './settings-files.ts';
import { stableMounts } from './stable-mounts.ts';
import { runSteps, type StepContext, undo } from './steps.ts';
import { changedFiles, matchingRelease, type UpPlan, upPlan } from './up-plan.ts';
import type { BringUpOptions, Tools, UpReport } from './up-types.ts';
import { isEngineGone, waitForEngine } from './wait.ts';

/**
 * Starts a release and keeps it, or goes back to what ran before. Each step is written into the journal before it
 * begins; a run that finds an unfinished one goes on with it or undoes it first.
 */
export async function bringUp(tools: Tools, options: BringUpOptions): Promise<UpReport> {
  const started = performance.now();
  const found = await chooseInstance(options.stateDir, options.name);
  const work = () => overRestarts(tools, found.name, options);
  const report = options.dryRun ? await work() : await withLock(found, work);
  return { ...report, seconds: (performance.now() - started) / 1000 };
}

/** More often than this an engine does not restart by itself. */
const maxRestarts = 3;

/** An engine that went away after it had answered is waited for; then all is looked at again, what was agreed to is not. */
async function overRestarts(
  tools: Tools,
  name: string,
  options: BringUpOptions,
): Promise<Omit<UpReport, 'seconds'>> {
  let hasAnswered = false;
  let isAgreed = false;
  const onPlan = async (plan: UpPlan): Promise<boolean> => {
    hasAnswered = true;
    isAgreed ||= await options.onPlan(plan);
    return isAgreed;
  };
  for (let restarts = 0; ; restarts += 1) {
    try {
      // Read again: another run may have changed it until the lock was free.
      const state = await chooseInstance(options.stateDir, name);
      return await bringUpLocked(tools, state, { ...options, onPlan });
    } catch (error) {
      if (!isEngineGone(error) || !hasAnswered || restarts >= maxRestarts) throw error;
      options.onLine('The engine is gone; waiting until it answers again');
      await waitForEngine(tools.runtime, name, performance.now() + options.timeoutMs);
    }
  }
}

async function bringUpLocked(
  tools: Tools,
  state: InstanceState,
  options: BringUpOptions,
): Promise<Omit<UpReport, 'seconds'>> {
  const containers = await tools.runtime.containers(state.name);
  await refuseForeign(state, containers);
  const journal = state.journal ?? adopted(state, containers, options.now());
  const context: StepContext = { tools, state, options, journal };
  if (journal.pending !== null && !options.dryRun) {
    const wanted =
      options.release === undefined ? undefined : findRelease(state, options.release).name;
    const recovery = planRecovery(journal.pending, wanted, options.action);
    if (recovery.kind === 'resume') {
      options.onLine(
        `Going on with what was interrupted: ${recovery.pending.to}, ${recovery.pending.step}`,
      );
      return outcomeOf(await runSteps(context, recovery.pending), undefined);
    }
    if (recovery.kind === 'undo') {
      options.onLine(`Going back from what was interrupted: ${recovery.pending.to}`);
      const failure = recovery.pending.failure ?? 'the run before was interrupted';
      const undone = await undo(context, { ...recovery.pending, failure });
      if (!recovery.thenGoOn) {
        const isAsked = options.action === 'rollback';
        return outcomeOf(isAsked ? { ...undone, error: undefined } : undone, undefined);
      }
      const again = await chooseInstance(options.stateDir, state.name);
      return bringUpLocked(tools, again, options);
    }
  }
  const target = chooseTarget({ ...state, journal }, options);
  const running = state.releases.find(({ name }) => name === journal.running?.release);
  const restore = options.restoreVolumes ? backupBefore(state, journal, target) : null;
  const settings = await planSettings(
    stagedSource(target),
    running && stagedSource(running),
    options.given,
    options.askSetting,
    journal.history.some(({ release }) => release === target.name),
  );
  const isSame = running?.name === target.name;
  const keepLocal = isSame && !options.reset;
  const plan = upPlan({
    name: state.name,
    action: options.action,
    backup: options.backupVolumes || restore !== null,
    restore: restore ?? undefined,
    changedFiles: running === undefined || isSame ? [] : await changedFiles(running),
    running,
    target,
    containers,
    volumes: await tools.runtime.volumes(state.name),
    settings,
    keepLocal,
  });
  const none = { name: state.name, running: running?.name, plan, services: [], backup: undefined };
  if (options.dryRun) return { outcome: 'previewed', ...none };
  if (!(await options.onPlan(plan))) return { outcome: 'declined', ...none };
  options.onPoint('prepare:begin');
  await keepRunningImages(tools, state, running, target, containers, keepLocal);
  try {
    const local = keepLocal ? localImages(target.manifest, containers) : new Map();
    await prepare(tools, state, target, settings, local, options);
  } catch (error) {
    if (isSame) await restoreSettings(target);
    throw error;
  }
  options.onPoint('prepare:end');
  if (isSame && restore === null && !options.backupVolumes) {
    const verdicts = await alreadyUp(tools, state, target);
    if (verdicts !== undefined && options.probe === undefined)
      return { outcome: 'already running', ...none, services: verdicts };
  }
  const now = options.now();
  const pending: Pending = {
    action: options.action,
    from: running?.name ?? null,
    to: target.name,
    step: 'back-up',
    backup: plan.backup && plan.volumes.length > 0 ? backupId(now, running?.name ?? 'none') : null,
    restore,
    began: now.toISOString(),
  };
  return outcomeOf(await runSteps(context, pending), plan);
}

function outcomeOf(
  result: Awaited<ReturnType<typeof runSteps>>,
  plan: UpPlan | undefined,
): Omit<UpReport, 'seconds'> {
  return { ...result, plan };
}

function chooseTarget(state: InstanceState, { release, action }: BringUpOptions): StagedRelease {
  if (release !== undefined) return findRelease(state, release);
  const staged = state.releases.map(({ name }) => name);
  const name =
    action === 'rollback'
      ? previousRelease(state.journal, staged)
      : (state.journal?.running?.release ?? state.current ?? onlyOne(staged));
  if (name !== undefined) return findRelease(state, name);
  throw new BundleError('release-not-found', {
    operation:
      action === 'rollback' ? 'looking for the release before on' : 'looking for a release of',
    subject: state.name,
    expected: action === 'rollback' ? 'one that ran before' : 'a current one',
    found: staged.length === 0 ? 'none' : `${staged.join(', ')}, none of which ran before`,
    hint: staged.length === 0 ? 'Import its bundle.' : 'Name the version: `bundle up VERSION`.',
  });
}

function onlyOne(staged: readonly string[]): string | undefined {
  return staged.length === 1 ? staged[0] : undefined;
}

/** The copy that was made just before the running release started, while `target` ran. */
function backupBefore({ name }: InstanceState, journal: Journal, target: StagedRelease): string {
  const backup = journal.history.at(-1)?.backup;
  if (backup?.endsWith(target.name)) return backup;
  throw noBackup(`${name} ${target.manifest.version}`);
}

/** A stack that was started by hand from a release's folder becomes this instance's. */
function adopted(
  state: InstanceState,
  containers: readonly ProjectContainer[],
  now: Date,
): Journal {
  const journal = newJournal(state.product);
  const match = matchingRelease(state.releases, state.current, containers);
  if (match === undefined) return journal;
  const since = containers.map(({ startedAt }) => startedAt).sort()[0] ?? now.toISOString();
  const entry = { release: match.name, since: new Date(since).toISOString() };
  return { ...journal, running: entry, history: [{ ...entry, backup: null }] };
}

/** Containers of this project name that come from another folder are not this application's. */
async function refuseForeign(
  { name, root }: InstanceState,
  containers: readonly ProjectContainer[],
): Promise<void> {
  const own = await realpath(root);
  for (const { workingDir, name: container } of containers) {
    const folder = await realFolder(workingDir);
    if (folder.startsWith(`${own}/`) || workingDir.startsWith(`${root}/`)) continue;
    throw new BundleError('project-foreign', {
      operation: 'looking at the containers of',
      subject: name,
      expected: `containers of releases in ${root}`,
      found: `${container}, of a project in ${workingDir}`,
      hint: `Stop that one: docker compose -p ${name} down (its named volumes stay, and are used by this one). Or give this one another name with --name when you import it.`,
    });
  }
}

async function realFolder(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return path;
    throw error;
  }
}

/** Images that were put there by hand get a lasting name, so that going back finds them whatever the tags are then. */
async function keepRunningImages(
  tools: Tools,
  state: InstanceState,
  running: StagedRelease | undefined,
  target: StagedRelease,
  containers: readonly ProjectContainer[],
  keepLocal: boolean,
): Promise<void> {
  if (running === undefined) return;
  await pinImages(tools.engine, running.manifest);
  const local = localImages(running.manifest, containers);
  for (const { reference, imageId } of local.values()) {
    await tools.engine.tagImage(imageId, localName(reference, imageId));
  }
  if (local.size === 0 || (running.name === target.name && !keepLocal)) return;
  await writeOverride(tools, state, running, local);
}

/** The override of a release; the project comes back as Compose would start it without the copies of files. */
async function writeOverride(
  { compose }: Tools,
  { name, root }: InstanceState,
  release: StagedRelease,
  local: ReturnType<typeof localImages>,
): Promise<ResolvedProject> {
  const file = join(release.folder, pinnedFile);
  const images = pinnedServices(release.manifest, local);
  await writePrivate(file, pinnedOverride(images, new Map()), 0o644);
  const project = await resolveProject(compose, requestFor(name, release));
  const mounts = await stableMounts(project, release.folder, join(root, 'files'));
  await writePrivate(file, pinnedOverride(images, mounts), 0o644);
  return project;
}

/** Everything that can be found out before anything that runs is touched. */
async function prepare(
  tools: Tools,
  state: InstanceState,
  target: StagedRelease,
  settings: SettingsPlan,
  local: ReturnType<typeof localImages>,
  { signal, onProgress, ignorePorts }: BringUpOptions,
): Promise<void> {
  onProgress({ phase: 'checking the release', doneBytes: 0 });
  await pinImages(tools.engine, target.manifest);
  await writeSettings(target, settings.files);
  const project = await writeOverride(tools, state, target, local);
  await checkFiles(project);
  if (!ignorePorts) await checkPorts(tools.engine, state.name, project);
  const volumes = await tools.runtime.volumes(state.name);
  await checkNginx(tools.runtime, project, new Set(volumes.map(({ name }) => name)), signal);
}

/** Verdicts when every container is as Compose would make it, and ready; undefined when something is left to do. */
async function alreadyUp(
  { runtime, compose }: Tools,
  { name }: InstanceState,
  target: StagedRelease,
): Promise<Verdict[] | undefined> {
  const wanted = await compose.services(requestFor(name, target));
  const containers = await runtime.containers(name);
  const isAsWanted =
    [...wanted].every(([service, { hash, replicas }]) => {
      const own = containers.filter((one) => one.service === service);
      return own.length === replicas && own.every(({ configHash }) => configHash === hash);
    }) && containers.every(({ service }) => wanted.has(service));
  const verdicts = judge([...wanted.keys()], containers);
  return isAsWanted && verdicts.every(({ state }) => state === 'ready') ? verdicts : undefined;
}
