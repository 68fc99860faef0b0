import { join } from 'node:path';

// A cache has one folder for each version of its layout and of zstd, which determines the bytes of a layer.

export const folders = {
  blobs: 'blobs',
  layers: 'layers',
  images: 'archives',
  packages: 'packages',
} as const;

/** Prefix of unfinished files in the folder of a version. */
export const incomingPrefix = '.incoming-';

export function versionFolder(cache: string): string {
  return join(cache, `v1-zstd-${process.versions['zstd'] ?? 'none'}`);
}

/** Returns the folder for what was found in layers, which is trimmed with them. */
export function packagesFolder(cache: string): string {
  return join(versionFolder(cache), folders.packages);
}

/** Tells whether a name is the folder of a version, of this or another release, and not something of the user's. */
export function isVersion(name: string): boolean {
  return /^v\d+-zstd-(?:\d+(?:\.\d+)*|none)$/.test(name);
}

/** Tells whether a name is a file made by the cache. */
export function isCached(name: string): boolean {
  return /^[0-9a-f]{64}(?:\.json)?$/.test(name);
}
