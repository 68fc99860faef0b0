import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from '@bundle/format';

/**
 * Makes a folder and those above it, each with `mode` as far as the process's mask lets it. Node's own recursive mkdir never ends where a file system takes no new
 * folders and says ENOENT, as /proc does.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(path, mode);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path), mode);
    await mkdirIfAbsent(path, mode);
  }
}

/** Somebody else may have made it meanwhile. */
async function mkdirIfAbsent(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, mode);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
}
