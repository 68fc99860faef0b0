import { type Digest, hexOf } from '@bundle/format';
import type { Extent } from './extent-types.ts';
import { type BlobStream, fillFromStreams } from './fill-from-streams.ts';
import { type HashOptions, hashExtents } from './hash-pool.ts';

/** A blob whose digest and size are known before it is written, and where its bytes are now. */
export interface KnownBlob {
  readonly digest: Digest;
  readonly size: number;
  readonly from: Extent | BlobStream;
}

/** A blob with its destination. */
export interface BlobCopy extends KnownBlob {
  readonly to: Extent;
}

/**
 * Copies blobs to their destinations: files on all cores, hashing them on the way, then streams, several at once.
 * Returns the damaged files; a damaged stream fails with its own error.
 */
export async function copyBlobs(
  blobs: readonly BlobCopy[],
  options: HashOptions,
): Promise<ReadonlySet<Digest>> {
  const files = blobs.flatMap(({ from, ...blob }) => ('stream' in from ? [] : [{ ...blob, from }]));
  const jobs = files.map(({ digest, from, to }) => ({ name: digest, extent: from, to }));
  const copies = await hashExtents(jobs, options);
  const damaged = new Set<Digest>();
  for (const [index, { digest, size }] of files.entries()) {
    const copy = copies[index];
    if (copy?.unwritable !== undefined) {
      const { message, code } = copy.unwritable;
      throw Object.assign(new Error(message), { code });
    }
    if (copy?.sha256 !== hexOf(digest) || copy.bytesRead !== size) damaged.add(digest);
  }
  const streams = blobs.flatMap(({ from, to }) =>
    'stream' in from ? [{ chunks: from.stream, to }] : [],
  );
  if (damaged.size === 0) await fillFromStreams(streams, options);
  return damaged;
}
