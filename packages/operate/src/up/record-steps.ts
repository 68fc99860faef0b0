import { findRelease, type Pending, recorded, releaseFact } from '@bundle/host';
import type { StepContext, StepResult } from './step-context.ts';

/**
 * Runs the steps of a start or a rollback between two entries in the log of this host. A log that cannot be written
 * stops nothing.
 */
export function recordSteps(
  { state, options }: Pick<StepContext, 'state' | 'options'>,
  { action, to }: Pick<Pending, 'action' | 'to'>,
  work: () => Promise<StepResult>,
): Promise<StepResult> {
  const { manifest, digest } = findRelease(state, to);
  return recorded(
    state.stateDir,
    releaseFact(action, state, manifest, digest),
    options,
    work,
    ({ error }) => error,
  );
}
