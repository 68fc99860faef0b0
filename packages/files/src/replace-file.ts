import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from './make-folder.ts';
import { syncFolder } from './sync.ts';

/**
 * Writes beside, syncs, renames: whatever ends it, a reader sees the old file or the new one. For one writer at a time. The
 * file has `mode` whatever the process's mask is. Errors are those of the system.
 */
export async function replaceFile(
  path: string,
  content: string | Buffer,
  mode: number,
): Promise<void> {
  const next = `${path}.next`;
  await makeFolder(dirname(path));
  const handle = await open(next, 'w', mode);
  try {
    await handle.chmod(mode);
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(next, path);
  await syncFolder(dirname(path));
}
