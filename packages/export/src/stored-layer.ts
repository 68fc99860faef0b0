import { createHash } from 'node:crypto';
import {
  BundleError,
  type Digest,
  digestOfHex,
  digestOfLayoutPath,
  mediaTypes,
} from '@bundle/format';
import {
  compressFrame,
  type FramePool,
  OrderedQueue,
  type ReadEntry,
  type StreamHasher,
} from '@bundle/store';
import { compressionOf } from './archive-entry.ts';
import type { Frames } from './entry-frames.ts';

/** A layer as it was put into the bundle. */
export interface StoredLayer {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  /** Set when this pass compressed it. */
  readonly unpackedSize?: number | undefined;
}

/** What is written of a frame; its buffer is free again then. */
interface StoredFrame {
  readonly frame: Buffer;
  readonly chunk: Buffer;
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
  const stored = keep === undefined ? createHash('sha256') : undefined;
  let size = 0;
  const frames = new OrderedQueue(async ({ frame, chunk }: StoredFrame) => {
    stored?.update(chunk);
    size += chunk.length;
    await append(chunk);
    pool.give(Buffer.from(frame.buffer));
  });
  const storeFrame = async (frame: Buffer, hashed: Promise<void>): Promise<StoredFrame> => {
    const [chunk] = await Promise.all([keep === undefined ? compressFrame(frame) : frame, hashed]);
    return { frame, chunk };
  };
  const take = (frame: Buffer): Promise<void> => {
    const hashed = arrived.update(frame);
    return frames.push(storeFrame(frame, hashed));
  };
  await take(bytes);
  for await (const frame of rest) await take(frame);
  await frames.end();

  const diffDigest = digestOfHex(await arrived.digest());
  checkName(entry.path, diffDigest);
  const digest = stored === undefined ? diffDigest : digestOfHex(stored.digest('hex'));
  const layer = { digest, mediaType: keep ?? mediaTypes.layerZstd, size };
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
