import { type Digest, digestOf, type Platform } from '@bundle/format';

/**
 * Returns the records of a base image in BuildKit’s caches, by its chain ID (solver/llbsolver/ops/source.go, rootKey
 * in solver/cachemanager.go). Graph drivers key base images this way, and the containerd store also finds them.
 */
export function chainRecord(chain: string): Digest {
  return recordDigest(digestOf(`buildkit.source.v0:${chain}`));
}

/**
 * Returns the records of a base image by its manifest or index, as the containerd store writes them (mainManifestKey
 * in source/containerimage/pull.go).
 */
export function manifestRecords(manifest: Digest, platform: Platform): Digest[] {
  const { os, architecture, variant } = platform;
  const plain = { Digest: manifest, OS: os, Arch: architecture };
  const keys = variant === undefined ? [plain] : [plain, { ...plain, Variant: variant }];
  return keys.map((key) => chainRecord(digestOf(goJson(key))));
}

/** Returns the record of the first output of a step with this key: its file system. */
export function recordDigest(key: Digest): Digest {
  return digestOf(`${key}@0`);
}

/** Formats JSON as Go does: with `<`, `>`, `&` and the two line separators escaped. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
