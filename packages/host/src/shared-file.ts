import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { readBytesIfThere } from '@bundle/files';
import { type BundleManifest, paths, runtimeDir, systemErrorCode } from '@bundle/format';
import { hashExtents } from '@bundle/store';
import { programFolders, releaseFolders } from './instance.ts';
import { linked } from './linked.ts';
import type { WorkOptions } from './work-options.ts';

/**
 * Links a program from the kit or another release on this host with the same bytes instead of copying it: the command
 * alone is 29 MB. Returns false if neither has it, or if the file system has no links.
 */
export async function linkShared(
  stateDir: string,
  { path, size, sha256 }: { readonly path: string; readonly size: number; readonly sha256: string },
  target: string,
  { onProgress, signal }: WorkOptions,
): Promise<boolean> {
  for (const folder of await programFolders(stateDir)) {
    const file = join(folder, path);
    if ((await sizeOf(file)) !== size) continue;
    const extent = { file, offset: 0, size };
    let doneBytes = 0;
    const onBytes = (count: number): void => {
      doneBytes += count;
      onProgress({ phase: 'comparing programs', doneBytes, totalBytes: size, detail: path });
    };
    const [found] = await hashExtents([{ name: path, extent }], { onBytes, signal });
    if (found?.sha256 !== sha256) continue;
    if (await linked(file, target)) return true;
  }
  return false;
}

/** Lists the programs that another release on this host has with the same digest, so that they need no extra space. */
export async function programsThere(
  stateDir: string,
  { files }: Pick<BundleManifest, 'files'>,
): Promise<ReadonlySet<string>> {
  const programs = files.filter(({ path }) => path.startsWith(runtimeDir));
  const there = new Set<string>();
  if (programs.length === 0) return there;
  for (const folder of await releaseFolders(stateDir)) {
    const lines = new Set((await checksumsIn(folder)).split('\n'));
    for (const { path, sha256 } of programs) {
      if (lines.has(`${sha256}  ${path}`)) there.add(path);
    }
  }
  return there;
}

async function checksumsIn(folder: string): Promise<string> {
  // Commands that read the whole release report a missing list.
  return (await readBytesIfThere(join(folder, paths.checksums)))?.toString() ?? '';
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const stat = await lstat(path);
    return stat.isFile() ? stat.size : undefined;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return undefined;
    throw error;
  }
}
