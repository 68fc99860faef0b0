import { exitCodes } from '@bundle/format';

/** Work that does not stop by itself in this time is left: the next run clears up what is behind. */
const graceMs = 15_000;

const watched = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Turns signals into an AbortSignal: the first asks the work to stop and clean up, a second Ctrl-C does not wait.
 */
export function watchSignals(say: (line: string) => void): {
  readonly signal: AbortSignal;
  readonly stop: () => void;
} {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      if (name === 'SIGINT') process.exit(exitCodes.interrupted);
      return;
    }
    say('stopping… (Ctrl-C again to stop at once)');
    controller.abort();
    setTimeout(() => process.exit(exitCodes.interrupted), graceMs).unref();
  };
  for (const name of watched) process.on(name, onSignal);
  return {
    signal: controller.signal,
    stop: () => {
      for (const name of watched) process.off(name, onSignal);
    },
  };
}
