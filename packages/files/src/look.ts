import { access, readdir, stat } from 'node:fs/promises';
import { isAbsence, isDenial } from './absence.ts';
import { ioError, readError } from './io-error.ts';

/** Tells whether something exists at a path, following links; fails with `input-unreadable` if that cannot be known. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw ioError(error, 'looking for', path, 'input-unreadable');
  }
}

/**
 * Tells whether something exists at a path that another process uses, such as an engine of root, following links;
 * undefined where only that one may look. Fails with `input-unreadable`.
 */
export async function isThereForOthers(path: string): Promise<boolean | undefined> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isAbsence(error)) return false;
    if (isDenial(error)) return undefined;
    throw ioError(error, 'looking for', path, 'input-unreadable');
  }
}

/**
 * Returns the size of a regular file in bytes, following links; undefined if there is none. Fails with the errors of
 * `readError`.
 */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const entry = await stat(path);
    return entry.isFile() ? entry.size : undefined;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw readError(error, path);
  }
}

/** Lists the names in a folder, sorted; empty if there is no folder. Fails with `input-unreadable`. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (isAbsence(error)) return [];
    throw ioError(error, 'reading', folder, 'input-unreadable');
  }
}
