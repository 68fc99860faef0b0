import { chmod, copyFile, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContextEntry } from '@bundle/recipe';

/**
 * A copy of a context in which files have the modes that they had at the export: those of the source itself are the
 * user's, and a medium such as FAT could not hold them.
 */
export async function stagedCopy(
  folder: string,
  entries: readonly ContextEntry[],
): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const copy = await mkdtemp(join(tmpdir(), 'bundle-context-'));
  for (const { path, type, target = '' } of entries) {
    const place = join(copy, path);
    if (type === 'directory') await mkdir(place, { recursive: true });
    else if (type === 'symlink') await symlink(target, place);
    else await copyFile(join(folder, path), place);
  }
  // Folders last and deepest first: one that may not be written could take no files.
  for (const { path, type, mode } of entries.toReversed())
    if (type !== 'symlink') await chmod(join(copy, path), mode);
  return { path: copy, remove: () => rm(copy, { recursive: true, force: true }) };
}
