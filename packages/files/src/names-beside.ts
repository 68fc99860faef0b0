import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { nearestFirst } from '@bundle/format';

/** Number of names that a message lists. */
const mostNames = 5;

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
    return nearestFirst(basename(path), names).slice(0, mostNames);
  } catch {
    return [];
  }
}

/** Makes the hint for a path where nothing is, from the names beside it; `otherwise` where there are none. */
export function hintBeside(names: readonly string[], otherwise: string): string {
  return names.length === 0
    ? otherwise
    : `Check the name. In the same folder: ${names.slice(0, mostNames).join(', ')}`;
}
