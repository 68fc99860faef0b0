import { exitCodes } from '@bundle/format';
import { t } from '../text/text.ts';

/** Work that does not stop within this time is abandoned; the next run cleans up. */
const graceMs = 15_000;

/** Time that work gets to stop after a second Ctrl-C; usually enough to remove half-written files. */
const hurriedGraceMs = 1_000;

const watched = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Turns signals into an AbortSignal: the first asks the work to stop and clean up, a second Ctrl-C allows little
 * time for that, and a third one none.
 */
export function watchSignals(say: (line: string) => void): {
  readonly signal: AbortSignal;
  readonly stop: () => void;
} {
  const controller = new AbortController();
  const leave = (): void => process.exit(exitCodes.interrupted);
  let hurried = false;
  const onSignal = (name: NodeJS.Signals): void => {
    if (!controller.signal.aborted) {
      say(t`stopping… (Ctrl-C again to stop at once)`);
      controller.abort();
      setTimeout(leave, graceMs).unref();
      return;
    }
    if (name !== 'SIGINT') return;
    if (hurried) leave();
    hurried = true;
    setTimeout(leave, hurriedGraceMs).unref();
  };
  for (const name of watched) process.on(name, onSignal);
  return {
    signal: controller.signal,
    stop: () => {
      for (const name of watched) process.off(name, onSignal);
    },
  };
}
