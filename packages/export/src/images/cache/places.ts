import { join } from 'node:path';

// A cache is a folder with one folder for each version of its layout and of zstd, which decides a layer's bytes.

export const folders = { blobs: 'blobs', layers: 'layers', images: 'archives' } as const;

/** Begins the names of files in a version's folder that are not whole yet. */
export const incomingPrefix = '.incoming-';

export function versionFolder(cache: string): string {
  return join(cache, `v1-zstd-${process.versions['zstd'] ?? 'none'}`);
}

/** Tells a version's folder, of this or another release, from other things that the user has in the folder. */
export function isVersion(name: string): boolean {
  return /^v\d+-zstd-(?:\d+(?:\.\d+)*|none)$/.test(name);
}

/** Tells a file that the cache has made in one of its folders. */
export function isCached(name: string): boolean {
  return /^[0-9a-f]{64}(?:\.json)?$/.test(name);
}
