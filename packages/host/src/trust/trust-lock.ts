import { makeFolder } from '@bundle/files';
import { withShortLock } from '../lock/short-lock.ts';
import { stateError } from '../state-error.ts';
import { privateFolder, trustPlacesOf } from '../state-folder.ts';

const never = new AbortController().signal;

/**
 * Keeps other runs away from what this host trusts and has seen, which all instances share, while a file of it is
 * written.
 */
export async function withTrustLock<T>(
  stateDir: string,
  work: () => Promise<T>,
  signal: AbortSignal = never,
): Promise<T> {
  const { folder, lock } = trustPlacesOf(stateDir);
  try {
    await makeFolder(folder, privateFolder);
  } catch (error) {
    throw stateError(error, folder);
  }
  return withShortLock(lock, folder, signal, work);
}
