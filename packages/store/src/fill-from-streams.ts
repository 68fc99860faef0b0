import { type FileHandle, open } from 'node:fs/promises';
import { writeAllAt } from '@bundle/files';
import type { Extent } from './extent-types.ts';
import type { HashOptions } from './hash-pool.ts';

/** Bytes that come from elsewhere. The stream checks them: it ends only if all of them were right. */
export interface BlobStream {
  readonly stream: () => AsyncIterable<Buffer>;
}

export interface StreamTarget {
  readonly chunks: () => AsyncIterable<Buffer>;
  /** An extent of existing files, as long as the stream. */
  readonly to: Extent;
}

/** A registry sends more of several blobs than of one, but every connection takes memory. */
const streamsAtOnce = 6;
/** Chunks of a connection have some kB; each write takes a trip to the thread pool. */
const writeBytes = 512 * 1024;
/** Larger chunks are written as they are. */
const leastWriteBytes = 128 * 1024;

/** Writes streams to their places, the largest first. The first failure stops all of them. */
export async function fillFromStreams(
  targets: readonly StreamTarget[],
  { onBytes }: Pick<HashOptions, 'onBytes'>,
): Promise<void> {
  const queue = targets.toSorted((a, b) => a.to.size - b.to.size);
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      try {
        await fill(next, (count) => {
          if (failures.length > 0) throw failures[0];
          onBytes(count);
        });
      } catch (error) {
        failures.push(error);
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: streamsAtOnce }, work));
  if (failures.length > 0) throw failures[0];
}

async function fill({ chunks, to }: StreamTarget, onBytes: (count: number) => void): Promise<void> {
  const place = new Place(to);
  const buffer = Buffer.allocUnsafeSlow(Math.min(writeBytes, to.size));
  let filled = 0;
  try {
    for await (const chunk of chunks()) {
      onBytes(chunk.length);
      if (filled === 0 && chunk.length >= leastWriteBytes) {
        await place.write(chunk);
        continue;
      }
      for (let start = 0; start < chunk.length; ) {
        const count = chunk.copy(buffer, filled, start);
        if (count === 0) throw new Error('a stream longer than its place');
        start += count;
        filled += count;
        if (filled < buffer.length) continue;
        await place.write(buffer);
        filled = 0;
      }
    }
    await place.write(buffer.subarray(0, filled));
  } finally {
    await place.close();
  }
}

/** Writes bytes one after another into the segments of an extent. */
class Place {
  readonly #segments: Extent['segments'] & object;
  #handle: FileHandle | undefined;
  #index = 0;
  #written = 0;

  constructor(extent: Extent) {
    this.#segments = extent.segments ?? [extent];
  }

  async write(bytes: Buffer): Promise<void> {
    for (let start = 0; start < bytes.length; ) {
      const segment = this.#segments[this.#index];
      if (segment === undefined) throw new Error('a stream longer than its place');
      this.#handle ??= await open(segment.file, 'r+');
      const part = bytes.subarray(start, start + segment.size - this.#written);
      await writeAllAt(this.#handle, part, segment.offset + this.#written);
      start += part.length;
      this.#written += part.length;
      if (this.#written < segment.size) continue;
      await this.close();
      this.#index += 1;
      this.#written = 0;
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}
