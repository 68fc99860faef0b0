import { createHash } from 'node:crypto';
import {
  compressFrame,
  compressionOf,
  type FramePool,
  OrderedQueue,
  releaseFrame,
  type StreamHasher,
} from '@bundle/archive';
import type { SourceLayer } from '@bundle/engine';
import { BundleError, type Digest, mediaTypes } from '@bundle/format';
import type { LayerTap } from './layer-tap.ts';
import type { StoredAs } from './saved-images.ts';

/**
 * Hashes, compresses and appends a layer frame by frame; one that arrives compressed is stored unchanged. `tap` looks into
 * one that is plain.
 */
export async function storeLayer(
  source: SourceLayer,
  append: (chunk: Buffer) => Promise<void>,
  pool: FramePool,
  hasher: StreamHasher,
  tap: LayerTap | undefined,
): Promise<StoredAs> {
  const incoming = hasher.stream();
  const all = source.frames();
  const { value: first } = await all.next();
  const keep = first && compressionOf(first);
  const reader = keep === undefined ? await tap?.begin(source.digest) : undefined;
  const stored = createHash('sha256');
  let size = 0;
  const give = (frame: Buffer): void => pool.give(Buffer.from(frame.buffer));
  const emit = async (chunk: Buffer): Promise<void> => {
    if (keep === undefined) stored.update(chunk);
    size += chunk.length;
    await append(chunk);
    if (keep === undefined) releaseFrame(chunk);
    else give(chunk);
  };
  // Release each buffer as soon as it is hashed and compressed, or written: holding all until they are written takes 15
  // MB more.
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
    const hashed = incoming.update(frame);
    reader?.push(frame);
    await frames.push(storeFrame(frame, hashed));
  };
  if (first) await take(first);
  for await (const frame of all) await take(frame);
  await frames.end();
  const arrived: Digest = `sha256:${await incoming.digest()}`;
  const digest: Digest = keep === undefined ? `sha256:${stored.digest('hex')}` : arrived;
  checkName(source, arrived);
  if (reader !== undefined) await tap?.keep(arrived, reader);
  const mediaType = keep ?? mediaTypes.layerZstd;
  const layer = { digest, mediaType, size };
  return { arrived, layer: keep === undefined ? { ...layer, unpackedSize: source.size } : layer };
}

/** Checks the digest under which a source announced a layer: this detects bytes damaged in transit. */
function checkName({ digest: named }: SourceLayer, digest: Digest): void {
  if (named === undefined || named === digest) return;
  throw new BundleError('digest-mismatch', {
    operation: 'reading a layer of the engine',
    subject: named,
    expected: named,
    found: digest,
    hint: 'The engine’s image store may be damaged: remove the image, pull or build it again, then export again.',
  });
}
