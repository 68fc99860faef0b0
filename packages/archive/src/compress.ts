import { constants, createZstdCompress } from 'node:zlib';

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

/**
 * Compresses one frame in Node's thread pool. Each frame gets a new compressor: the output of a reused one depends on
 * its previous input. Call `releaseFrame` once the result is written.
 */
export function compressFrame(bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    createZstdCompress({
      params: { [constants.ZSTD_c_compressionLevel]: zstdLevel },
      pledgedSrcSize: bytes.length,
      // One output buffer for all of the frame.
      chunkSize: bytes.length + (bytes.length >> 7) + 1024,
    })
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => resolve(joined(chunks)))
      .on('error', reject)
      .end(bytes);
  });
}

/** Joins chunks. Those in one buffer, one after the other, are not copied: `zstdCompress` of Node copies them. */
function joined(chunks: readonly Buffer[]): Buffer {
  const [first = Buffer.alloc(0)] = chunks;
  let size = 0;
  for (const { buffer, byteOffset, length } of chunks) {
    if (buffer !== first.buffer || byteOffset !== first.byteOffset + size)
      return Buffer.concat(chunks);
    size += length;
  }
  return Buffer.from(first.buffer, first.byteOffset, size);
}

/**
 * Frees the memory of a compressed frame at once. Otherwise the garbage collector runs once in twelve frames, for nothing
 * but these buffers.
 */
export function releaseFrame({ buffer }: Buffer): void {
  // A small one shares its buffer with others of this process.
  if ('transfer' in buffer && buffer.byteLength > Buffer.poolSize) buffer.transfer(0);
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
