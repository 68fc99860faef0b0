import { access } from 'node:fs/promises';
import { systemErrorCode } from '@bundle/format';
import { ioError } from './io-error.ts';

/** Whether something is at a path, links followed; fails with `input-unreadable` where that cannot be known. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw ioError(error, 'looking for', path, 'input-unreadable');
  }
}
