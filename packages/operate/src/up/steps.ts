import { BundleError, reasonOf } from '@bundle/format';
import {
  currentOf,
  findRelease,
  lostLock,
  type Pending,
  type StagedRelease,
  type Step,
  switchCurrent,
  writeJournal,
} from '@bundle/host';
import { keepAsHealthy, keepStarting } from '../settings/healthy.ts';
import type { Verdict } from './health.ts';
import { forgetOverride } from './override.ts';
import { finished } from './recovery.ts';
import { freeRoom, reserveRoom } from './reserve.ts';
import { start } from './start.ts';
import type { StepContext, StepResult } from './step-context.ts';
import { backUp, putBack } from './step-volumes.ts';
import { undo } from './undo.ts';

/** Runs the steps from that of `pending` on; if one fails, brings back what ran before. */
export async function runSteps(context: StepContext, pending: Pending): Promise<StepResult> {
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
      await writeJournal(state, { ...context.journal, pending: now });
      await options.onPoint(`${step}:begin`);
      if (step === 'back-up') await backUp(context, now);
      if (step === 'restore') await putBack(context, pending.restore ?? '', target, options.signal);
      if (step === 'start') {
        await keepStarting(target);
        services = await start(context, target, options.signal);
      }
      if (step === 'switch') await switchTo(context, now, target);
      await options.onPoint(`${step}:end`);
    }
  } catch (error) {
    // Once `current` points to it, the next run only has to record that.
    if (now.step === 'switch' && (await currentOf(state)) === target.name) throw error;
    return goBack(context, now, error);
  }
  const backup = pending.backup ?? undefined;
  return { outcome: 'started', name: state.name, running: target.name, services, backup };
}

async function switchTo(
  { state, options, journal }: StepContext,
  pending: Pending,
  target: StagedRelease,
): Promise<void> {
  await forgetOverride(target);
  await keepAsHealthy(target);
  await switchCurrent(target);
  await options.onPoint('switch:linked');
  await writeJournal(state, finished(journal, pending, options.now()));
}

/** Rolls back everything to its previous state, and reports the failure. */
async function goBack(context: StepContext, pending: Pending, error: unknown): Promise<StepResult> {
  const lost = lostLock(context.options.signal);
  if (lost !== undefined) throw lost;
  const failure = error instanceof BundleError ? error : undefined;
  const isStopped = context.options.signal.aborted;
  const why = isStopped ? {} : { failure: reasonOf(error) };
  const result = await undo(context, { ...pending, ...why });
  if (failure === undefined && !isStopped) throw error;
  const hasReturned = result.error?.code !== 'return-failed';
  if (failure === undefined || !hasReturned) return result;
  return {
    ...result,
    error: failure.code === 'release-unhealthy' ? (result.error ?? failure) : failure,
  };
}
