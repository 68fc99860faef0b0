import { invalidDelta } from './errors.ts';

/** Most bytes that a number takes (docs/bundle-format.md §18.1). */
export const maxNumberBytes = 8;

/** Reads numbers and bytes from a buffer; refuses to read beyond its end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get rest(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw invalidDelta('more bytes', 'the end of a list');
    return value;
  }

  /** Reads what `ByteWriter.number` wrote. */
  number(): number {
    let value = 0;
    for (let factor = 1; factor < 128 ** maxNumberBytes; factor *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (value > Number.MAX_SAFE_INTEGER)
        throw invalidDelta('a number below 2^53', 'a larger one');
      if (byte < 0x80) return value;
    }
    throw invalidDelta('a number of at most 8 bytes', 'a longer one');
  }

  signed(): number {
    const value = this.number();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  bytes(count: number): Uint8Array {
    if (count > this.rest) throw invalidDelta('more bytes', 'the end of a list');
    const part = this.#bytes.subarray(this.#at, this.#at + count);
    this.#at += count;
    return part;
  }
}
