import type { Transform } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';

const frameMagic = 0xfd2fb528;
const frameContentSizeBytes = [0, 2, 4, 8] as const;
const dictionaryIdBytes = [0, 1, 2, 4] as const;

/**
 * Cuts a zstd stream so that every frame ends at the end of a piece (RFC 8878, section 3.1), without delaying it.
 * Node's decoder drops whatever follows a frame in the same piece of input.
 */
export class FrameCutter {
  /** Bytes of the current header so far. */
  #header: number[] = [];
  #inFrame = false;
  #hasChecksum = false;
  /** Bytes of content still to skip. `#isLast`: the frame ends with them. */
  #skip = 0;
  #isLast = false;

  *cut(chunk: Buffer): Generator<Buffer> {
    let start = 0;
    for (let at = 0; at < chunk.length; ) {
      if (this.#skip > 0) {
        const count = Math.min(this.#skip, chunk.length - at);
        at += count;
        this.#skip -= count;
      } else {
        this.#header.push(chunk[at] ?? 0);
        at += 1;
        this.#readHeader();
      }
      if (this.#isLast && this.#skip === 0 && this.#header.length === 0) {
        this.#isLast = false;
        this.#inFrame = false;
        yield chunk.subarray(start, at);
        start = at;
      }
    }
    if (start < chunk.length) yield chunk.subarray(start);
  }

  #readHeader(): void {
    if (this.#inFrame) this.#readBlockHeader();
    else this.#readFrameHeader();
  }

  #readFrameHeader(): void {
    const header = Buffer.from(this.#header);
    if (header.length < 5) return;
    if (header.readUInt32LE(0) !== frameMagic) {
      // A skippable frame: its size follows the magic number.
      if (header.length < 8) return;
      this.#begin(header.readUInt32LE(4));
      this.#isLast = true;
      return;
    }
    const descriptor = header[4] ?? 0;
    const isSingle = (descriptor & 0x20) !== 0;
    const sizeFlag = descriptor >> 6;
    const sizeBytes = sizeFlag === 0 && isSingle ? 1 : (frameContentSizeBytes[sizeFlag] ?? 0);
    const length = 5 + (isSingle ? 0 : 1) + (dictionaryIdBytes[descriptor & 3] ?? 0) + sizeBytes;
    if (header.length < length) return;
    this.#hasChecksum = (descriptor & 0x04) !== 0;
    this.#begin(0);
  }

  #readBlockHeader(): void {
    if (this.#header.length < 3) return;
    const header = Buffer.from(this.#header).readUIntLE(0, 3);
    const isRepeated = ((header >> 1) & 3) === 1;
    this.#isLast = (header & 1) === 1;
    this.#begin((isRepeated ? 1 : header >> 3) + (this.#isLast && this.#hasChecksum ? 4 : 0));
  }

  #begin(skip: number): void {
    this.#header = [];
    this.#inFrame = true;
    this.#skip = skip;
  }
}

/** Decompresses a zstd stream of one or more frames. Stopping early also stops reading `stored`. */
export async function* unzstd(stored: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const cutter = new FrameCutter();
  yield* decompress(createZstdDecompress(), stored, (chunk) => cutter.cut(chunk));
}

/** Feeds a decoder, piece by piece, and yields what it decodes. */
export async function* decompress(
  decoder: Transform,
  stored: AsyncIterable<Buffer>,
  cut: (chunk: Buffer) => Iterable<Buffer> = (chunk) => [chunk],
): AsyncGenerator<Buffer> {
  const feed = async (): Promise<void> => {
    try {
      for await (const chunk of stored) {
        for (const piece of cut(chunk)) {
          await new Promise<void>((resolve) => decoder.write(piece, () => resolve()));
        }
        if (decoder.destroyed) return;
      }
      decoder.end();
    } catch (error) {
      decoder.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  };
  void feed();
  yield* decoder;
}
