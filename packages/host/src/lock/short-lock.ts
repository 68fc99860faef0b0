import { setTimeout as sleep } from 'node:timers/promises';
import { BundleError } from '@bundle/format';
import { holdLock } from './lock.ts';

const waitMs = 15_000;
const lookMs = 20;

/**
 * Keeps other runs out of files that all instances share, for as long as a small write takes; waits up to 15 s for a
 * run that is at it. Fails with `busy` and `state-unwritable`.
 */
export async function withShortLock<T>(
  lock: string,
  folder: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const end = performance.now() + waitMs;
  let began = false;
  for (;;) {
    try {
      return await holdLock(lock, folder, signal, async () => {
        began = true;
        return work();
      });
    } catch (error) {
      const isBusy = error instanceof BundleError && error.code === 'busy';
      if (!isBusy || began || performance.now() > end) throw error;
      await sleep(lookMs, undefined, { signal });
    }
  }
}
