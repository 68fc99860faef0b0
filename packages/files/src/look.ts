import { access, readdir, stat } from 'node:fs/promises';
import { isAbsence } from './absence.ts';
import { ioError, readError } from './io-error.ts';

/** Tells whether something is at a path, links followed; fails with `input-unreadable` where that cannot be known. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw ioError(error, 'looking for', path, 'input-unreadable');
  }
}

/** Gives the bytes of a regular file, links followed; undefined where none is. Fails as `readError` says. */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const entry = await stat(path);
    return entry.isFile() ? entry.size : undefined;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw readError(error, path);
  }
}

/** Lists the names in a folder, sorted; empty where there is no folder. Fails with `input-unreadable`. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (isAbsence(error)) return [];
    throw ioError(error, 'reading', folder, 'input-unreadable');
  }
}
