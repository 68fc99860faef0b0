import { readdir } from 'node:fs/promises';
import { ioError } from '@bundle/files';
import { systemErrorCode } from '@bundle/format';
import { isWhole } from './state-folder.ts';

/**
 * Lists the subfolders of a folder of the state folder by name, except those that a killed run left half written or
 * half removed. Empty where there is no such folder; fails with `input-unreadable`.
 */
export async function listFolders(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && isWhole(entry.name))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    // A state folder that is a file is reported by whoever writes into it.
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return [];
    throw ioError(error, 'reading the state folder', folder, 'input-unreadable');
  }
}
