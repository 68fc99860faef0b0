import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { invalidDelta } from './errors.ts';
import type { Region } from './find-regions.ts';
import { isSameWord, pairOf, wordBytes } from './words.ts';

/** A piece as regions of old bytes, what differs in them, and all other bytes. */
export interface DifferenceLists {
  readonly control: Uint8Array;
  readonly differences: Uint8Array;
  readonly others: Uint8Array;
}

/** Writes pieces as their regions. Its memory is used again for each piece. */
export class DifferenceWriter {
  readonly #runs = new RunWriter();
  #others = new Uint8Array(0);

  /**
   * Returns the lists of a piece, which are valid until the next one. The differences are kept as runs: how many bytes are
   * equal, how many differ, and by how much (modulo 256).
   */
  write(old: Uint8Array, next: Uint8Array, regions: readonly Region[]): DifferenceLists {
    const control = new ByteWriter();
    control.number(regions.length);
    for (const { like } of regions) control.number(like);
    for (const { other } of regions) control.number(other);
    let position = 0;
    for (const { from, like } of regions) {
      control.signed(from - position);
      position = from + like;
    }
    this.#runs.begin(old, next);
    if (this.#others.length < next.length) this.#others = new Uint8Array(next.length);
    let start = 0;
    let filled = 0;
    for (const { from, like, other } of regions) {
      this.#runs.add(from, start, like);
      start += like;
      for (const end = start + other; start < end; start++) {
        this.#others[filled++] = next[start] ?? 0;
      }
    }
    const others = this.#others.subarray(0, filled);
    return { control: control.view(), differences: this.#runs.end(), others };
  }
}

const nothing: Uint8Array = new Uint8Array(0);

/** Writes runs of differences, which go on from region to region. */
class RunWriter {
  #bytes = nothing;
  #run = nothing;
  #pair = pairOf(nothing, nothing);
  #length = 0;
  #equal = 0;
  #count = 0;

  /** Begins the runs that make a piece of old bytes. */
  begin(old: Uint8Array, next: Uint8Array): void {
    if (this.#run.length < next.length) {
      // No run takes more than twice the bytes that it is for, but for long numbers.
      this.#bytes = new Uint8Array(2 * next.length + 16);
      this.#run = new Uint8Array(next.length);
    }
    this.#pair = pairOf(old, next);
    this.#length = 0;
    this.#equal = 0;
    this.#count = 0;
  }

  /** Adds the differences of `length` bytes, which are at `from` and at `start`. */
  add(from: number, start: number, length: number): void {
    const pair = this.#pair;
    const { old, next } = pair;
    const run = this.#run;
    let equal = this.#equal;
    let count = this.#count;
    for (let index = 0; index < length; ) {
      const isWord = index + wordBytes <= length;
      if (isWord && isSameWord(pair, from + index, start + index)) {
        if (count > 0) {
          this.#write(equal, count);
          equal = 0;
          count = 0;
        }
        equal += wordBytes;
        index += wordBytes;
        continue;
      }
      for (const stop = Math.min(index + wordBytes, length); index < stop; index++) {
        const difference = ((next[start + index] ?? 0) - (old[from + index] ?? 0)) & 0xff;
        if (difference !== 0) run[count++] = difference;
        else {
          if (count > 0) {
            this.#write(equal, count);
            equal = 0;
            count = 0;
          }
          equal++;
        }
      }
    }
    this.#equal = equal;
    this.#count = count;
  }

  /** Returns all runs; valid until the next piece begins. */
  end(): Uint8Array {
    if (this.#count > 0) this.#write(this.#equal, this.#count);
    return this.#bytes.subarray(0, this.#length);
  }

  #write(equal: number, count: number): void {
    this.#number(equal);
    this.#number(count);
    for (let index = 0; index < count; index++) {
      this.#bytes[this.#length + index] = this.#run[index] ?? 0;
    }
    this.#length += count;
  }

  #number(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
    this.#bytes[this.#length++] = rest;
  }
}

/** Returns the `size` bytes that the lists make of old ones. */
export function readDifferences(old: Uint8Array, size: number, lists: DifferenceLists): Uint8Array {
  const control = new ByteReader(lists.control);
  const count = control.number();
  if (count > size / 4 + 1) throw invalidDelta('regions of a pack', `${count} of them`);
  const likes = Array.from({ length: count }, () => control.number());
  const others = Array.from({ length: count }, () => control.number());
  const bytes = new Uint8Array(size);
  const rest = new ByteReader(lists.others);
  const differences = new Differences(lists.differences);
  let from = 0;
  let at = 0;
  for (const [index, like] of likes.entries()) {
    const other = others[index] ?? 0;
    from += control.signed();
    if (from < 0 || from + like > old.length || at + like + other > size) {
      throw invalidDelta('a region within its pack', `${like} and ${other} bytes at ${from}`);
    }
    bytes.set(old.subarray(from, from + like), at);
    differences.addTo(bytes.subarray(at, at + like));
    bytes.set(rest.bytes(other), at + like);
    from += like;
    at += like + other;
  }
  if (at !== size || control.rest > 0 || rest.rest > 0 || !differences.isUsed) {
    throw invalidDelta(`${size} bytes of a pack`, `${at}, or bytes that nothing uses`);
  }
  return bytes;
}

/** The runs of differences, which go on from region to region. */
class Differences {
  readonly #lists: ByteReader;
  #equal = 0;
  #different = 0;

  constructor(bytes: Uint8Array) {
    this.#lists = new ByteReader(bytes);
  }

  get isUsed(): boolean {
    return this.#lists.rest === 0 && this.#different === 0 && this.#equal === 0;
  }

  addTo(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#equal === 0 && this.#different === 0) {
        if (this.#lists.rest === 0) return;
        this.#equal = this.#lists.number();
        this.#different = this.#lists.number();
        if (this.#different === 0) throw invalidDelta('a run with differences', 'one without');
      }
      const skipped = Math.min(this.#equal, bytes.length - at);
      this.#equal -= skipped;
      at += skipped;
      const changed = Math.min(this.#different, bytes.length - at);
      if (this.#equal > 0 || changed === 0) continue;
      const values = this.#lists.bytes(changed);
      for (let index = 0; index < changed; index++) {
        bytes[at + index] = (bytes[at + index] ?? 0) + (values[index] ?? 0);
      }
      this.#different -= changed;
      at += changed;
    }
  }
}
