import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { withFile } from './with-file.ts';

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  await withFile(path, 'r', (handle) => handle.sync());
}

/**
 * Makes the names in a folder and in all folders below it durable, the deepest first. The content of the files must be
 * synced by their writers.
 */
export async function syncTree(path: string): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await syncTree(join(path, entry.name));
  }
  await syncFolder(path);
}
