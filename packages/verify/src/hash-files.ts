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

/**
 * Hashes the files that are present and of the listed size, several at once, while `work` is done. Others are not read to
 * their end. A failure of either ends both.
 */
export async function hashWhile<Result extends object>(
  work: () => Promise<Result>,
  entries: BundleSource['entries'],
  files: readonly BundleFile[],
  { onBytes, signal }: HashOptions,
): Promise<Hashed & Result> {
  const jobs = files.flatMap(({ path, size }) => {
    const extent = entries.get(path);
    return extent?.size === size ? [{ name: path, extent }] : [];
  });
  const stop = new AbortController();
  const hashing = hashExtents(jobs, { onBytes, signal: AbortSignal.any([signal, stop.signal]) });
  try {
    const [hashes, result] = await Promise.all([hashing, work()]);
    return { ...result, entries, hashes };
  } catch (error) {
    stop.abort();
    throw error;
  }
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
  const wanted = new Map(files.map(({ path, size }) => [path, size]));
  const entries = new Map(head);
  const hashes: HashResult[] = [];
  const read = async (name: string, extent: Extent): Promise<void> => {
    const size = wanted.get(name);
    wanted.delete(name);
    if (extent.size !== size) return;
    const hash = createHash('sha256');
    for await (const chunk of streamExtent(extent, name)) {
      signal.throwIfAborted();
      hash.update(chunk);
      onBytes(chunk.length);
    }
    hashes.push({ name, sha256: hash.digest('hex'), bytesRead: extent.size });
  };
  for (const [path, extent] of head) await read(path, extent);
  if (rest === undefined || wanted.size === 0) return { entries, hashes };
  for await (const [path, extent] of rest()) {
    entries.set(path, extent);
    await read(path, extent);
  }
  return { entries, hashes };
}
