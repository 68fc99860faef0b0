import { createReadStream } from 'node:fs';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';

/** Uncompressed bytes of one zstd frame. A layer is a row of independent frames (RFC 8878, section 3). */
export const frameBytes = 2 * 1024 * 1024;
export const zstdLevel = 3;
/** Frames that wait in order for those before them; bounds memory to a few times `frameBytes` each. */
const framesInFlight = 4;

/**
 * Buffers of one frame, used again, since allocating 2 MiB for each frame costs as much as reading it;
 * shared, so that another thread can hash them.
 */
export class FramePool {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    return this.#free.pop() ?? Buffer.from(new SharedArrayBuffer(frameBytes));
  }

  give(buffer: Buffer): void {
    this.#free.push(buffer);
  }
}

const compressOnce = promisify(zstdCompress);

/**
 * Compresses one frame in Node's thread pool. A new compressor for each frame: one that is used again gives
 * bytes that depend on what it compressed before.
 */
export function compressFrame(bytes: Buffer): Promise<Buffer> {
  return compressOnce(bytes, {
    params: { [constants.ZSTD_c_compressionLevel]: zstdLevel },
    pledgedSrcSize: bytes.length,
    // One output buffer, so that a frame costs one trip to the thread pool.
    chunkSize: bytes.length + (bytes.length >> 7) + 1024,
  });
}

/** A file as a row of frames: the same bytes each time. */
export async function* compressFile(path: string): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(path, { highWaterMark: frameBytes })) {
    yield compressFrame(chunk);
  }
}

/**
 * Hands results on in the order in which they were begun, a few under way at once. Frames are cut at fixed places,
 * so a layer's bytes do not depend on how they arrived or on the number of threads.
 */
export class OrderedQueue<T> {
  readonly #inFlight: Promise<T>[] = [];
  readonly #emit: (result: T) => Promise<void>;

  constructor(emit: (result: T) => Promise<void>) {
    this.#emit = emit;
  }

  async push(result: Promise<T>): Promise<void> {
    // A failure is met when its turn comes; until then it must not count as unhandled.
    result.catch(() => undefined);
    this.#inFlight.push(result);
    if (this.#inFlight.length >= framesInFlight) await this.#next();
  }

  async end(): Promise<void> {
    while (this.#inFlight.length > 0) await this.#next();
  }

  async #next(): Promise<void> {
    const result = this.#inFlight.shift();
    if (result !== undefined) await this.#emit(await result);
  }
}
