import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { makeFolder } from './make-folder.ts';
import { partialPath, removeStalePartials } from './partial.ts';

/**
 * Uses a private folder for large temporary files, beside the place `path`, and removes it whatever happens. Removes
 * first what killed runs have left of it.
 */
export async function withScratch<T>(
  path: string,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  await makeFolder(dirname(path));
  await removeStalePartials(dirname(path), (name) => name === basename(path));
  const folder = await partialPath(path);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, 0o700);
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
