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
    { onUnrecorded: ({ message }) => options.onLine(unrecorded(message)) },
    work,
    ({ error }) => error,
  );
}

/** Returns the warning about something done that is not in the log. */
export function unrecorded(message: string): string {
  return `warning: not in the log of this host: ${message}`;
}
