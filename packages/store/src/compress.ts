import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';

const compressOnce = promisify(zstdCompress);

/** Uncompressed bytes of one zstd frame. A layer is a row of independent frames (RFC 8878, section 3). */
export const frameBytes = 2 * 1024 * 1024;
/** Frames under way at once; bounds memory to about 2 × 2 MiB each. */
const framesInFlight = 6;
export const zstdLevel = 3;

const frameOptions = (size: number) => ({
  params: { [constants.ZSTD_c_compressionLevel]: zstdLevel },
  pledgedSrcSize: size,
  // One output buffer, so that a frame costs one trip to the thread pool.
  chunkSize: size + (size >> 7) + 1024,
});

/** Buffers of one frame, used again: allocating 2 MiB for each frame costs as much as reading it. */
export class FramePool {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(frameBytes);
  }

  give(buffer: Buffer): void {
    this.#free.push(buffer);
  }
}

/**
 * Compresses frames side by side in Node's thread pool and hands them on in order. Frames are cut at fixed
 * places, so the result does not depend on how the bytes arrived or on the number of threads.
 */
export class FrameCompressor {
  readonly #inFlight: Promise<Buffer>[] = [];
  readonly #emit: (frame: Buffer) => Promise<void>;

  constructor(emit: (frame: Buffer) => Promise<void>) {
    this.#emit = emit;
  }

  /**
   * Takes one frame's bytes (`frameBytes`, fewer only for the last), which must not change until `onDone`;
   * waits while enough frames are under way.
   */
  async push(bytes: Buffer, onDone: () => void): Promise<void> {
    const frame = compressOnce(bytes, frameOptions(bytes.length)).finally(onDone);
    // A failure is met when its turn comes; until then it must not count as unhandled.
    frame.catch(() => undefined);
    this.#inFlight.push(frame);
    if (this.#inFlight.length >= framesInFlight) await this.#next();
  }

  async end(): Promise<void> {
    while (this.#inFlight.length > 0) await this.#next();
  }

  async #next(): Promise<void> {
    const frame = await this.#inFlight.shift();
    if (frame !== undefined) await this.#emit(frame);
  }
}
