import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';

/** Uncompressed bytes of one zstd frame. A layer is a sequence of independent frames (RFC 8878, section 3). */
export const frameBytes = 2 * 1024 * 1024;
export const zstdLevel = 3;
/** Maximum number of frames in progress; bounds memory to a few times `frameBytes` each. */
const framesInFlight = 4;

/**
 * A pool of buffers for one frame each. They are reused, because allocating 2 MiB for each frame costs as much as
 * reading it, and shared, so that another thread can hash them.
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
 * Compresses one frame in Node's thread pool. Each frame gets a new compressor: the output of a reused one depends on
 * its previous input.
 */
export function compressFrame(bytes: Buffer): Promise<Buffer> {
  return compressOnce(bytes, {
    params: { [constants.ZSTD_c_compressionLevel]: zstdLevel },
    pledgedSrcSize: bytes.length,
    // One output buffer, so that a frame costs only one trip to the thread pool.
    chunkSize: bytes.length + (bytes.length >> 7) + 1024,
  });
}

/**
 * Passes on results in the order in which they were started, with a few in progress at once. Frames are cut at fixed
 * positions, so a layer's bytes do not depend on how they arrived or on the number of threads.
 */
export class OrderedQueue<T> {
  readonly #inFlight: Promise<T>[] = [];
  readonly #emit: (result: T) => Promise<void>;

  constructor(emit: (result: T) => Promise<void>) {
    this.#emit = emit;
  }

  async push(result: Promise<T>): Promise<void> {
    // A failure is reported when its turn comes; until then it must not count as unhandled.
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
