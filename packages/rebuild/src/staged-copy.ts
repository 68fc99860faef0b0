import { chmod, copyFile, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder } from '@bundle/files';
import type { ContextEntry } from '@bundle/recipe';

/**
 * Copies a context with the file modes of the export. The modes of the source itself belong to the user, and a
 * medium such as FAT could not hold them. Leaves either a complete copy or none.
 */
export async function stagedCopy(
  folder: string,
  entries: readonly ContextEntry[],
): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const copy = await makeTemporaryFolder('bundle-context-');
  try {
    await fill(copy, folder, entries);
  } catch (error) {
    await removeTree(copy);
    throw error;
  }
  return { path: copy, remove: () => removeTree(copy) };
}

async function fill(copy: string, folder: string, entries: readonly ContextEntry[]): Promise<void> {
  for (const { path, type, target = '' } of entries) {
    const place = join(copy, path);
    if (type === 'directory') await mkdir(place, { recursive: true });
    else if (type === 'symlink') await symlink(target, place);
    else await copyFile(join(folder, path), place);
  }
  // Folder modes are set last, deepest first: a read-only folder could not take files.
  for (const { path, type, mode } of entries.toReversed())
    if (type !== 'symlink') await chmod(join(copy, path), mode);
}

/** Makes folders writable first: only root can remove the contents of a read-only folder. */
async function removeTree(folder: string): Promise<void> {
  await unlock(folder);
  await rm(folder, { recursive: true, force: true });
}

async function unlock(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await unlock(join(folder, entry.name));
}
