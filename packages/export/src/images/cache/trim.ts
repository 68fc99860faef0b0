import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ioError } from '@bundle/files';
import { systemErrorCode } from '@bundle/format';

export interface CacheUse {
  readonly folder: string;
  readonly layers: number;
  readonly bytes: number;
}

interface CachedFile {
  readonly file: string;
  readonly size: number;
  readonly usedAt: number;
}

/** What a cache holds; nothing where there is none. */
export async function cacheUse(folder: string): Promise<CacheUse> {
  const blobs = await blobsIn(folder);
  return { folder, layers: blobs.length, bytes: sum(blobs) };
}

/** Deletes what was not used for longest, until at most `maxBytes` are there; what is left of killed runs goes too. */
export async function trimCache(folder: string, maxBytes: number): Promise<CacheUse> {
  const blobs = (await blobsIn(folder)).toSorted((a, b) => a.usedAt - b.usedAt);
  let left = sum(blobs);
  const gone: CachedFile[] = [];
  for (const blob of blobs) {
    if (left <= maxBytes) break;
    gone.push(blob);
    left -= blob.size;
  }
  try {
    for (const { file } of [...gone, ...(await strays(folder))]) await rm(file, { force: true });
    if (maxBytes === 0) {
      for (const version of await versions(folder)) await rm(version, { recursive: true });
    }
  } catch (error) {
    throw ioError(error, 'deleting from the cache', folder, 'output-unwritable');
  }
  return { folder, layers: gone.length, bytes: sum(gone) };
}

async function blobsIn(folder: string): Promise<CachedFile[]> {
  const found: CachedFile[] = [];
  for (const version of await versions(folder))
    found.push(...(await filesIn(join(version, 'blobs'))));
  return found;
}

/** Blobs that a run which was killed more than a day ago had begun. */
async function strays(folder: string): Promise<CachedFile[]> {
  const dayAgo = Date.now() - 86_400_000;
  const found: CachedFile[] = [];
  for (const version of await versions(folder)) {
    found.push(...(await filesIn(version)).filter(({ usedAt }) => usedAt < dayAgo));
  }
  return found;
}

/** Only folders that the cache itself makes: --cache may name one with other things in it. */
async function versions(folder: string): Promise<string[]> {
  const names = await namesIn(folder);
  return names.filter((name) => /^v\d+-zstd-/.test(name)).map((name) => join(folder, name));
}

async function filesIn(folder: string): Promise<CachedFile[]> {
  const found: CachedFile[] = [];
  for (const name of await namesIn(folder)) {
    const file = join(folder, name);
    const entry = await stat(file);
    if (entry.isFile()) found.push({ file, size: entry.size, usedAt: entry.mtimeMs });
  }
  return found;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw ioError(error, 'reading the cache', folder, 'input-unreadable');
  }
}

function sum(files: readonly CachedFile[]): number {
  return files.reduce((total, { size }) => total + size, 0);
}
