import { link, lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemErrorCode } from '@bundle/format';
import { hashExtents, makeFolder } from '@bundle/store';
import { releaseFolders } from './carried-compose.ts';

/**
 * Links a program that another release on this host has already, byte for byte, instead of copying it: the command alone is
 * 129 MB. False where there is none, or where the file system has no links.
 */
export async function linkShared(
  stateDir: string,
  { path, size, sha256 }: { readonly path: string; readonly size: number; readonly sha256: string },
  target: string,
): Promise<boolean> {
  for (const folder of await releaseFolders(stateDir)) {
    const file = join(folder, path);
    if ((await sizeOf(file)) !== size) continue;
    const extent = { file, offset: 0, size };
    const [found] = await hashExtents([{ name: path, extent }], {
      onBytes: () => undefined,
      signal: new AbortController().signal,
    });
    if (found?.sha256 !== sha256) continue;
    await makeFolder(dirname(target));
    try {
      await link(file, target);
      return true;
    } catch (error) {
      if (!noLink.has(systemErrorCode(error) ?? '')) throw error;
    }
  }
  return false;
}

const noLink = new Set(['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const stat = await lstat(path);
    return stat.isFile() ? stat.size : undefined;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return undefined;
    throw error;
  }
}
