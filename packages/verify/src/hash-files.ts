import { createHash } from 'node:crypto';
import type { BundleFile } from '@bundle/format';
import {
  type BundleSource,
  type Extent,
  type HashResult,
  hashExtents,
  streamExtent,
} from '@bundle/store';

interface HashOptions {
  readonly onBytes: (count: number) => void;
  readonly signal: AbortSignal;
}

interface Hashed {
  /** Path in the bundle to the location of the bytes, for every file present. */
  readonly entries: BundleSource['entries'];
  readonly hashes: readonly HashResult[];
}

/** Hashes the files that are present, several at once. */
export async function hashAll(
  entries: BundleSource['entries'],
  files: readonly BundleFile[],
  options: HashOptions,
): Promise<Hashed> {
  const jobs = files.flatMap(({ path }) => {
    const extent = entries.get(path);
    return extent === undefined ? [] : [{ name: path, extent }];
  });
  return { entries, hashes: await hashExtents(jobs, options) };
}

/**
 * Hashes the files of media that are inserted one after the other, in archive order; blobs only if `files` contains
 * any.
 */
export async function hashInTurn(
  { entries: head, rest }: BundleSource,
  files: readonly BundleFile[],
  { onBytes, signal }: HashOptions,
): Promise<Hashed> {
  const wanted = new Set(files.map(({ path }) => path));
  const entries = new Map(head);
  const hashes: HashResult[] = [];
  const read = async (name: string, extent: Extent): Promise<void> => {
    const hash = createHash('sha256');
    for await (const chunk of streamExtent(extent, name)) {
      signal.throwIfAborted();
      hash.update(chunk);
      onBytes(chunk.length);
    }
    hashes.push({ name, sha256: hash.digest('hex'), bytesRead: extent.size });
  };
  for (const [path, extent] of head) if (wanted.delete(path)) await read(path, extent);
  if (rest === undefined || wanted.size === 0) return { entries, hashes };
  for await (const [path, extent] of rest()) {
    entries.set(path, extent);
    if (wanted.has(path)) await read(path, extent);
  }
  return { entries, hashes };
}
