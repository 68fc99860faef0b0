import { defined } from '@bundle/format';
import {
  backupFolder,
  chooseInstance,
  findRelease,
  forgetRebuilds,
  type InstanceState,
  listFolders,
  type Pending,
  placesOf,
  type StagedRelease,
  withLock,
} from '@bundle/host';
import { keepRunning, readEarlier, withKept } from '../settings/healthy.ts';
import { asStack } from '../swarm/as-stack.ts';
import { checkCopies } from '../volumes/check.ts';
import { backupId } from '../volumes/volumes.ts';
import { isChangedRequest } from './changed-request.ts';
import { backupBefore, chooseTarget } from './choose-release.ts';
import { agreeTo } from './consent.ts';
import { forgetOverride, keepOverride, restoreOverride } from './override.ts';
import type { UpPlan } from './plan.ts';
import { planStart } from './plan-start.ts';
import { alreadyUp, keepRunningImages, prepare } from './prepare.ts';
import { recordSteps } from './record-steps.ts';
import { continuedRelease, planRecovery } from './recovery.ts';
import type { StepContext, StepResult } from './step-context.ts';
import { runSteps } from './steps.ts';
import { adopted, refuseForeign } from './take-over.ts';
import type { BringUpOptions, Tools, UpReport } from './types.ts';
import { undo } from './undo.ts';
import { isEngineGone, waitForEngine } from './wait.ts';

/**
 * Starts a release and keeps it, or rolls back to the previous one. Each step is recorded in the journal before it
 * begins; a run that finds an unfinished step first continues or undoes it.
 */
export async function bringUp(tools: Tools, options: BringUpOptions): Promise<UpReport> {
  const started = performance.now();
  const found = await chooseInstance(options.stateDir, options.name);
  const bring = (signal: AbortSignal) => overRestarts(tools, found.name, { ...options, signal });
  const work = (signal: AbortSignal) =>
    options.asStack === undefined || options.dryRun
      ? bring(signal)
      : asStack(found, options.asStack, () => bring(signal));
  const report = options.dryRun
    ? await work(options.signal)
    : await withLock(found, options.signal, work);
  return { ...report, seconds: (performance.now() - started) / 1000 };
}

/** Restarts of the engine after which the run fails. */
const maxRestarts = 3;

/** Waits for an engine that disappears after it has answered, then starts over without asking for agreement again. */
async function overRestarts(
  tools: Tools,
  name: string,
  options: BringUpOptions,
): Promise<Omit<UpReport, 'seconds'>> {
  let hasAnswered = false;
  let isAgreed = false;
  let { release } = options;
  const onPlan = async (plan: UpPlan): Promise<boolean> => {
    hasAnswered = true;
    isAgreed ||= await options.onPlan(plan);
    return isAgreed;
  };
  for (let restarts = 0; ; restarts += 1) {
    try {
      // Read the state again: another run may have changed it before the lock was free.
      const state = await chooseInstance(options.stateDir, name);
      if (!options.dryRun) release ??= continuedRelease(state.journal?.pending, options.action);
      return await bringUpLocked(tools, state, { ...options, ...defined({ release }), onPlan });
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
    const recovered = await recover(context, journal.pending);
    if (recovered !== undefined) return recovered;
    return bringUpLocked(tools, await chooseInstance(options.stateDir, state.name), options);
  }
  const target = chooseTarget({ ...state, journal }, options);
  const restore = options.restoreVolumes ? backupBefore(state, journal, target) : null;
  const start = { ...options, restore, isPreview: options.dryRun };
  // A rollback to the release that runs is one to its settings.
  const isReturn = options.action === 'rollback' && journal.running?.release === target.name;
  const kept = isReturn ? await readEarlier(target) : undefined;
  const asKept = (one: StagedRelease): StagedRelease =>
    kept !== undefined && one.name === target.name ? withKept(one, kept) : one;
  const seen = { ...state, releases: state.releases.map(asKept) };
  const planned = await planStart(tools, seen, journal, asKept(target), start);
  const { plan, settings, running, local } = planned;
  const isSame = running?.name === target.name;
  const keepLocal = isSame && !options.reset;
  const none = { name: state.name, running: running?.name, plan, services: [], backup: undefined };
  if (options.dryRun) return { outcome: 'previewed', ...none };
  try {
    if (!(await options.onPlan(plan))) return { outcome: 'declined', ...none };
    await agreeTo(target, plan.permissions, options.consent);
    if (restore !== null) await checkCopies(backupFolder(state, restore), options);
    await options.onPoint('prepare:begin');
    await keepRunningImages(tools, running, target, containers, keepLocal);
    if (isSame) await keepOverride(target);
    await prepare(tools, state, running, target, { ...settings, kept }, local, options);
  } catch (error) {
    if (isSame) await restoreOverride(target);
    throw error;
  }
  if (options.reset) await forgetRebuilds(tools.engine, target);
  await options.onPoint('prepare:end');
  if (isSame && restore === null && !options.backupVolumes) {
    const verdicts = await alreadyUp(tools, state, target);
    if (verdicts !== undefined && options.probe === undefined) {
      await forgetOverride(target);
      await keepRunning(target);
      return { outcome: 'already running', ...none, services: verdicts };
    }
  }
  const now = options.now();
  const copies = await listFolders(placesOf(state).backups);
  const pending: Pending = {
    action: options.action,
    from: running?.name ?? null,
    to: target.name,
    step: 'back-up',
    backup:
      plan.backup && plan.volumes.length > 0
        ? backupId(now, running?.name ?? 'none', copies)
        : null,
    restore,
    began: now.toISOString(),
  };
  const result = await recordSteps(context, pending, () => runSteps(context, pending));
  return outcomeOf(result, plan);
}

/** Continues or undoes the work that a previous run left; undefined if the requested work is still to be done. */
async function recover(
  context: StepContext,
  pending: Pending,
): Promise<Omit<UpReport, 'seconds'> | undefined> {
  const { state, options } = context;
  const { release } = options;
  const isNamed = release !== undefined && release !== pending.to;
  const wanted = isNamed ? findRelease(state, release).name : release;
  const isChanged = wanted === pending.to && (await isChangedRequest(context, pending));
  const recovery = planRecovery(pending, wanted, options.action, isChanged);
  if (recovery.kind === 'resume') {
    options.onLine(`Continuing an interrupted run: ${pending.to}, ${pending.step}`);
    const result = await recordSteps(context, pending, () => runSteps(context, pending));
    const isDone = result.outcome === 'started';
    return recovery.thenGoOn && isDone ? undefined : outcomeOf(result, undefined);
  }
  options.onLine(`Rolling back an interrupted run: ${pending.to}`);
  const undone = await recordSteps(context, pending, () => undo(context, pending));
  if (recovery.thenGoOn) return undefined;
  const isAsked = options.action === 'rollback';
  return outcomeOf(isAsked ? { ...undone, error: undefined } : undone, undefined);
}

function outcomeOf(result: StepResult, plan: UpPlan | undefined): Omit<UpReport, 'seconds'> {
  return { ...result, plan };
}
