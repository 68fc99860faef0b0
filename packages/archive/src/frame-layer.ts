import { createHash } from 'node:crypto';
import type { Digest } from '@bundle/format';
import { compressFrame, FramePool, frameBytes, OrderedQueue, releaseFrame } from './compress.ts';

/** An uncompressed layer, and its form as frames (docs/bundle-format.md, §6.5). Sizes are in bytes. */
export interface FramedLayer {
  readonly diffId: Digest;
  readonly unpackedSize: number;
  readonly digest: Digest;
  readonly size: number;
}

/**
 * Compresses an uncompressed layer into zstd frames, passes them on in order, and returns the digests of both forms. A
 * chunk of `plain` may be reused once the next one is requested.
 */
export async function frameLayer(
  plain: AsyncIterable<Uint8Array>,
  emit: (frame: Buffer) => Promise<void>,
): Promise<FramedLayer> {
  const [unpacked, stored] = [createHash('sha256'), createHash('sha256')];
  const pool = new FramePool();
  let unpackedSize = 0;
  let size = 0;
  const queue = new OrderedQueue<Buffer>(async (bytes) => {
    stored.update(bytes);
    size += bytes.length;
    await emit(bytes);
    releaseFrame(bytes);
  });
  const compressed = async (frame: Buffer): Promise<Buffer> => {
    const bytes = await compressFrame(frame);
    pool.give(Buffer.from(frame.buffer));
    return bytes;
  };
  let frame = pool.take();
  let filled = 0;
  for await (const chunk of plain) {
    unpacked.update(chunk);
    unpackedSize += chunk.length;
    for (let start = 0; start < chunk.length; ) {
      const part = chunk.subarray(start, start + frameBytes - filled);
      frame.set(part, filled);
      filled += part.length;
      start += part.length;
      if (filled < frameBytes) continue;
      await queue.push(compressed(frame));
      frame = pool.take();
      filled = 0;
    }
  }
  if (filled > 0) await queue.push(compressed(frame.subarray(0, filled)));
  await queue.end();
  return {
    diffId: `sha256:${unpacked.digest('hex')}`,
    unpackedSize,
    digest: `sha256:${stored.digest('hex')}`,
    size,
  };
}
