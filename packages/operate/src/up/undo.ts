import { BundleError } from '@bundle/format';
import {
  backupFolder,
  findRelease,
  type Journal,
  type Pending,
  projectOnly,
  type StagedRelease,
  writeJournal,
} from '@bundle/host';
import { restoreHealthy } from '../settings/healthy.ts';
import { hasBackup } from '../volumes/volumes.ts';
import type { Verdict } from './health.ts';
import { restoreOverride } from './override.ts';
import { undone } from './recovery.ts';
import { freeRoom } from './reserve.ts';
import { start } from './start.ts';
import type { StepContext, StepResult } from './step-context.ts';
import { putBack } from './step-volumes.ts';
import type { BringUpOptions } from './types.ts';
import { isEngineGone, waitForEngine } from './wait.ts';

const never = new AbortController().signal;

/** Minimum timeout for the previous release, even if the new one was given less: nothing comes after it. */
const leastTimeoutMs = 180_000;

/**
 * Brings back what ran before: its settings, its images, and its volumes if they were copied. It does not stop on
 * Ctrl-C; if it is killed, the next run continues it.
 */
export async function undo(context: StepContext, pending: Pending): Promise<StepResult> {
  const { tools, state, journal } = context;
  const options = backOptions(context.options);
  const { from, to, backup } = pending;
  await waitForEngine(tools.runtime, state.name, performance.now() + options.timeoutMs);
  const now: Pending = { ...pending, step: 'undo' };
  await freeRoom(state.root);
  await writeIfRoom(context, { ...journal, pending: now });
  await options.onPoint('undo:begin');
  const before = state.releases.find(({ name }) => name === from);
  // An incomplete copy means that the new release has not started yet.
  const isCopied = backup !== null && (await hasBackup(backupFolder(state, backup)));
  let failed: BundleError | undefined;
  // Any image helps to restore; if nothing ran before, only the new release has one.
  if (isCopied) failed = await restoreIfPossible(context, backup, before ?? findRelease(state, to));
  await options.onPoint('undo:restored');
  let services: readonly Verdict[] = [];
  if (before === undefined) {
    await tools.compose.down(projectOnly(state.name), { volumes: false }, options.onLine, never);
  } else {
    await restoreHealthy(before, options.onLine);
    if (from === to) await restoreOverride(before);
    options.onLine(`Rolling back to ${before.manifest.version}`);
    try {
      services = await start({ ...context, options }, before, never, 0);
    } catch (error) {
      if (!(error instanceof BundleError) || isEngineGone(error)) throw error;
      failed = error;
    }
  }
  await options.onPoint('undo:started');
  await writeJournal(state, undone(journal, now, options.now()));
  await options.onPoint('undo:end');
  return {
    outcome: 'rolled back',
    name: state.name,
    running: before?.name,
    services,
    backup: backup ?? undefined,
    error:
      failed === undefined ? wentBack(context, now, isCopied) : returnFailed(context, now, failed),
  };
}

/** Faults for which no volume was changed. */
const untouched: ReadonlySet<string> = new Set(['backup-damaged', 'volume-in-use']);

/**
 * Restores the volumes. If a copy is damaged, or a container of something else holds a volume, returns the error and
 * leaves the volumes as they are; what ran before is brought back anyway.
 */
async function restoreIfPossible(
  context: StepContext,
  backup: string,
  release: StagedRelease,
): Promise<BundleError | undefined> {
  try {
    await putBack(context, backup, release, never);
    return undefined;
  } catch (error) {
    if (!(error instanceof BundleError) || !untouched.has(error.code)) throw error;
    return error;
  }
}

/** Writes the journal. A full disk does not stop the rollback: the step recorded before leads to it as well. */
async function writeIfRoom({ state, options }: StepContext, journal: Journal): Promise<void> {
  try {
    await writeJournal(state, journal);
  } catch (error) {
    if (!(error instanceof BundleError) || error.code !== 'no-space') throw error;
    options.onLine(`The disk is full: ${state.root} cannot be written`);
  }
}

function backOptions({ probe: _, timeoutMs, ...rest }: BringUpOptions): BringUpOptions {
  return { ...rest, timeoutMs: Math.max(timeoutMs, leastTimeoutMs) };
}

function wentBack(
  { state }: StepContext,
  { from, to, failure, backup }: Pending,
  isCopied: boolean,
): BundleError {
  return new BundleError('release-unhealthy', {
    operation: 'starting',
    subject: `${state.name} ${to}`,
    expected: 'a release that becomes and stays healthy',
    found: failure ?? 'the run was stopped, or died',
    hint:
      from === null
        ? isCopied
          ? `Nothing ran before, so its containers were removed. The volumes that were copied are as they were before; their copy is in ${backupFolder(state, backup ?? '')}. Fix the cause and run the command again.`
          : 'Nothing ran before, so its containers were removed; volumes and images stay. Fix the cause and run the command again.'
        : `${from} runs again.${backup === null ? ' What the new release wrote into volumes is still there.' : ' The volumes that were copied are as they were before.'} The new release stays on this host; fix the cause and run the command again.`,
  });
}

function returnFailed(
  { state }: StepContext,
  { from, to, failure, backup }: Pending,
  error: BundleError,
): BundleError {
  return new BundleError('return-failed', {
    operation: 'rolling back from',
    subject: `${state.name} ${to}`,
    expected: from === null ? 'the volumes as they were before' : `${from} healthy again`,
    found: `${error.details.found ?? error.message}\nIt was rolled back because of: ${failure ?? 'an interruption'}`,
    hint:
      from === null
        ? `Nothing ran before, so its containers were removed. The volumes are as the new release left them; what their copy still has is in ${backupFolder(state, backup ?? '')}.`
        : 'Both releases are on this host. See `bundle logs` and `bundle status`; `bundle rollback --restore-volumes` restores volumes that were copied.',
    cause: error,
  });
}
