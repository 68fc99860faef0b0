import { readFile } from 'node:fs/promises';
import { systemErrorCode } from '@bundle/format';
import { ioError } from './io-error.ts';

/** A text file, or undefined where there is none; fails with `input-unreadable` where it cannot be read. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw ioError(error, 'reading', path, 'input-unreadable');
  }
}
