import { makeFolder } from '@bundle/files';
import { BundleError, systemErrorCode } from '@bundle/format';
import { stateError } from './state-error.ts';
import { type Instance, placesOf } from './state-folder.ts';

/** Keeps a second run on the same instance out; a lock whose holder died is taken over after 10 s. */
export async function withLock<T>(instance: Instance, work: () => Promise<T>): Promise<T> {
  const { root } = instance;
  const { releases, lock: lockfilePath } = placesOf(instance);
  let release: () => Promise<void>;
  try {
    const { lock } = await import('proper-lockfile');
    await makeFolder(releases);
    release = await lock(root, { stale: 10_000, update: 2_000, lockfilePath });
  } catch (error) {
    if (systemErrorCode(error) !== 'ELOCKED') throw stateError(error, root);
    throw new BundleError('busy', {
      operation: 'taking the lock of',
      subject: root,
      found: 'another run under way',
      hint: 'Wait until it is done. After a crash the lock frees itself within 10 seconds.',
    });
  }
  try {
    return await work();
  } finally {
    await release();
  }
}
