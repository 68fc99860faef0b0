import { rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ioError, isAbsence, namesIn } from '@bundle/files';
import { systemErrorCode } from '@bundle/format';
import { folders, incomingPrefix, isCached, isVersion } from './places.ts';

export interface CacheUse {
  readonly folder: string;
  readonly layers: number;
  /** Bytes of the layers and their records. */
  readonly bytes: number;
}

interface CachedFile {
  readonly file: string;
  readonly isLayer: boolean;
  readonly size: number;
  readonly usedAt: number;
}

const dayMs = 86_400_000;

/** Returns the use of a cache; zero if there is no cache. Fails with `input-unreadable`. */
export async function cacheUse(folder: string): Promise<CacheUse> {
  return useOf(folder, await cachedIn(folder));
}

/**
 * Deletes the least recently used files until at most `maxBytes` are left, and the leftovers of killed runs. Returns
 * what was deleted. Deletes as much as possible before it fails with `input-unreadable` or `output-unwritable`.
 */
export async function trimCache(folder: string, maxBytes: number): Promise<CacheUse> {
  const files = (await cachedIn(folder)).toSorted((a, b) => a.usedAt - b.usedAt);
  let left = useOf(folder, files).bytes;
  const gone: CachedFile[] = [];
  const failures: unknown[] = [];
  for (const file of files) {
    if (left <= maxBytes) break;
    if (!(await isRemoved(file.file, failures))) continue;
    gone.push(file);
    left -= file.size;
  }
  for (const stray of await strays(folder)) await isRemoved(stray, failures);
  if (maxBytes === 0) await removeFolders(folder, failures);
  if (failures.length === 0) return useOf(folder, gone);
  throw ioError(failures[0], 'deleting from the cache', folder, 'output-unwritable');
}

async function isRemoved(file: string, failures: unknown[]): Promise<boolean> {
  try {
    await rm(file, { force: true });
    return true;
  } catch (error) {
    failures.push(error);
    return false;
  }
}

/** Removes the folders of an empty cache; folders in use by another run stay. */
async function removeFolders(folder: string, failures: unknown[]): Promise<void> {
  for (const version of await versionsIn(folder)) {
    for (const path of [...placesIn(version), version]) {
      try {
        await rmdir(path);
      } catch (error) {
        const isInUse = systemErrorCode(error) === 'ENOTEMPTY';
        if (!isInUse && !isAbsence(error)) failures.push(error);
      }
    }
  }
}

function useOf(folder: string, files: readonly CachedFile[]): CacheUse {
  const layers = files.filter(({ isLayer }) => isLayer).length;
  return { folder, layers, bytes: files.reduce((total, { size }) => total + size, 0) };
}

async function cachedIn(folder: string): Promise<CachedFile[]> {
  const found: CachedFile[] = [];
  for (const version of await versionsIn(folder)) {
    for (const place of placesIn(version)) {
      const isLayer = place === join(version, folders.blobs);
      for (const name of (await namesIn(place)).filter(isCached)) {
        const file = join(place, name);
        const state = await stateOf(file);
        if (state !== undefined) found.push({ file, isLayer, ...state });
      }
    }
  }
  return found;
}

/** Lists unfinished files of runs that were killed more than a day ago. */
async function strays(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const version of await versionsIn(folder)) {
    for (const name of await namesIn(version)) {
      if (!name.startsWith(incomingPrefix)) continue;
      const file = join(version, name);
      const state = await stateOf(file);
      if (state !== undefined && state.usedAt < Date.now() - dayMs) found.push(file);
    }
  }
  return found;
}

async function versionsIn(folder: string): Promise<string[]> {
  return (await namesIn(folder)).filter(isVersion).map((name) => join(folder, name));
}

function placesIn(version: string): string[] {
  return Object.values(folders).map((name) => join(version, name));
}

/** Returns size and time of a file; undefined if another run has deleted or renamed it since it was listed. */
async function stateOf(file: string): Promise<{ size: number; usedAt: number } | undefined> {
  try {
    const { size, mtimeMs } = await stat(file);
    return { size, usedAt: mtimeMs };
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw ioError(error, 'reading the cache', file, 'input-unreadable');
  }
}
