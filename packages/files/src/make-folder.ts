import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from '@bundle/format';

/**
 * Makes a folder and its missing parents, each with `mode` minus the process's umask. Node's own recursive mkdir never
 * ends on a file system that refuses new folders with ENOENT, such as /proc.
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

/** Makes one folder, which another process may have made in the meantime. */
async function mkdirIfAbsent(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, mode);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
}
