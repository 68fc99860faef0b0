import { createHash } from 'node:crypto';
import type { Frames, ReadEntry } from '@bundle/archive';
import {
  compressFrame,
  compressionOf,
  type FramePool,
  OrderedQueue,
  type StreamHasher,
} from '@bundle/archive';
import { BundleError, type Digest, digestOfLayoutPath, mediaTypes } from '@bundle/format';

/** A layer as it was put into the bundle. */
export interface StoredLayer {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  /** Set when this pass compressed it. */
  readonly unpackedSize?: number | undefined;
}

/** Hashes, compresses and appends a layer on the way, frame after frame; one that arrives compressed is kept as it is. */
export async function storeLayer(
  entry: ReadEntry,
  { bytes, rest }: Frames,
  append: (chunk: Buffer) => Promise<void>,
  pool: FramePool,
  hasher: StreamHasher,
): Promise<{ diffDigest: Digest; layer: StoredLayer }> {
  const arrived = hasher.stream();
  const keep = compressionOf(bytes);
  const stored = createHash('sha256');
  let size = 0;
  const give = (frame: Buffer): void => pool.give(Buffer.from(frame.buffer));
  const emit = async (chunk: Buffer): Promise<void> => {
    if (keep === undefined) stored.update(chunk);
    size += chunk.length;
    await append(chunk);
    if (keep !== undefined) give(chunk);
  };
  // The buffer is free again when it is hashed and compressed, or written. Holding all until they are written takes 15 MB more.
  const storeFrame = async (frame: Buffer, hashed: Promise<void>): Promise<Buffer> => {
    if (keep !== undefined) {
      await hashed;
      return frame;
    }
    const [bytes] = await Promise.all([compressFrame(frame), hashed]);
    give(frame);
    return bytes;
  };
  const frames = new OrderedQueue(emit);
  const take = async (frame: Buffer): Promise<void> => {
    const hashed = arrived.update(frame);
    await frames.push(storeFrame(frame, hashed));
  };
  await take(bytes);
  for await (const frame of rest) await take(frame);
  await frames.end();

  const diffDigest: Digest = `sha256:${await arrived.digest()}`;
  const digest: Digest = keep === undefined ? `sha256:${stored.digest('hex')}` : diffDigest;
  checkName(entry.path, diffDigest);
  const mediaType = keep ?? mediaTypes.layerZstd;
  const layer = { digest, mediaType, size };
  return { diffDigest, layer: keep === undefined ? { ...layer, unpackedSize: entry.size } : layer };
}

/** Since Docker 25 an entry is named by its digest: bytes damaged on the way would show here. */
function checkName(path: string, digest: Digest): void {
  const named = digestOfLayoutPath(path);
  if (named === undefined || named === digest) return;
  throw new BundleError('digest-mismatch', {
    operation: 'reading the image archive of the engine',
    subject: path,
    expected: named,
    found: digest,
    hint: 'The engine’s image store may be damaged: remove the image there, get it again, and export again.',
  });
}
