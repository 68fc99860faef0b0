import { brokenArchive } from './archive-entry.ts';
import { type FramePool, frameBytes } from './compress.ts';

/** Content that is read once: an entry of an archive, or a file. */
export interface Entry extends AsyncIterable<Buffer> {
  readonly path: string;
  readonly size: number;
}

/** Collects all bytes of a small entry from the pool's buffers. */
export async function gather({ bytes, rest }: Frames): Promise<Buffer> {
  const parts = [Buffer.from(bytes)];
  for await (const frame of rest) parts.push(Buffer.from(frame));
  return Buffer.concat(parts);
}

/** An entry's first frame and the remaining ones. */
export interface Frames {
  readonly bytes: Buffer;
  readonly rest: AsyncGenerator<Buffer>;
}

export async function firstFrame(entry: Entry, pool: FramePool): Promise<Frames> {
  const rest = framesOf(entry, pool);
  const { value, done } = await rest.next();
  return { bytes: done === true ? Buffer.alloc(0) : value, rest };
}

/**
 * Gathers the engine's chunks of a few kB into frames, each for one hash update and one compression. A frame belongs to
 * the consumer, who returns its buffer to the pool.
 */
export async function* framesOf(entry: Entry, pool: FramePool): AsyncGenerator<Buffer> {
  let left = entry.size;
  let frame = pool.take();
  let filled = 0;
  for await (const chunk of entry) {
    for (let start = 0; start < chunk.length; ) {
      const count = chunk.copy(frame, filled, start);
      filled += count;
      start += count;
      if (filled < frameBytes && filled < left) continue;
      yield frame.subarray(0, filled);
      left -= filled;
      frame = pool.take();
      filled = 0;
    }
  }
  pool.give(frame);
  if (left > 0) throw brokenArchive(`${entry.path} cut short`);
}
