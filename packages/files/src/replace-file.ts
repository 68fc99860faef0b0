import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from './make-folder.ts';
import { syncFolder } from './sync.ts';

/**
 * Replaces a file by writing beside it, syncing and renaming: whenever it is interrupted, a reader sees either the old
 * file or the new one. `next`: where it is written first, with a mark in its name if there may be several writers. The
 * file gets `mode` regardless of the process's umask. Fails with system errors.
 */
export async function replaceFile(
  path: string,
  content: string | Buffer,
  mode: number,
  next = `${path}.next`,
): Promise<void> {
  await makeFolder(dirname(path));
  try {
    await writeSynced(next, content, mode);
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

async function writeSynced(path: string, content: string | Buffer, mode: number): Promise<void> {
  const handle = await open(path, 'w', mode);
  try {
    await handle.chmod(mode);
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
