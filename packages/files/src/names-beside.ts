import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { nearestFirst } from '@bundle/format';

/**
 * Lists up to five names beside a path where nothing is, for its message, the most similar one first. Empty if the
 * folder cannot be read: the message is about the path.
 */
export async function namesBeside(
  path: string,
  isWanted: (entry: Dirent) => boolean,
): Promise<string[]> {
  try {
    const entries = await readdir(dirname(resolve(path)), { withFileTypes: true });
    const wanted = entries.filter((entry) => !entry.name.startsWith('.') && isWanted(entry));
    const names = wanted.map(({ name }) => name).sort();
    return nearestFirst(basename(path), names).slice(0, 5);
  } catch {
    return [];
  }
}
