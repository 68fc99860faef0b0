import { pieceBytes } from './limits.ts';
import type { OldBytes } from './old-bytes.ts';
import { readRanges } from './open-pack.ts';
import { emptyList, packRecord, type Range } from './record.ts';
import { compress } from './zstd.ts';

/** Bytes that a pack gathers before it is compressed. */
const packBytes = pieceBytes;
/** Old bytes that a pack gathers at most. */
const referenceBytes = 2 * pieceBytes;
const level = 12;

/** Gathers carried bytes with the old bytes that are most like them, and compresses them pack by pack. */
export class PackWriter {
  readonly #old: OldBytes;
  readonly #start: (record: Promise<Uint8Array>) => Promise<void>;
  #parts: Uint8Array[] = [];
  #size = 0;
  #ranges: Range[] = [];
  #referenced = 0;

  /** `start` takes the records in their order; it may wait until others are done. */
  constructor(old: OldBytes, start: (record: Promise<Uint8Array>) => Promise<void>) {
    this.#old = old;
    this.#start = start;
  }

  /** Adds bytes of at most one piece. They must not change. */
  async add(bytes: Uint8Array, like: Range | undefined): Promise<void> {
    const more = like?.length ?? 0;
    if (this.#size + bytes.length > packBytes || this.#referenced + more > referenceBytes) {
      await this.flush();
    }
    this.#parts.push(bytes);
    this.#size += bytes.length;
    if (like === undefined || more === 0 || more > referenceBytes) return;
    const last = this.#ranges.at(-1);
    if (
      last !== undefined &&
      last.offset <= like.offset &&
      like.offset <= last.offset + last.length
    ) {
      const length = Math.max(last.length, like.offset + like.length - last.offset);
      this.#referenced += length - last.length;
      this.#ranges[this.#ranges.length - 1] = { offset: last.offset, length };
    } else {
      this.#ranges.push(like);
      this.#referenced += more;
    }
  }

  async flush(): Promise<void> {
    if (this.#size === 0) return;
    const parts = this.#parts;
    const ranges = this.#ranges;
    const size = this.#size;
    this.#parts = [];
    this.#ranges = [];
    this.#size = 0;
    this.#referenced = 0;
    await this.#start(makePack(this.#old, parts, size, ranges));
  }
}

async function makePack(
  old: OldBytes,
  parts: readonly Uint8Array[],
  size: number,
  ranges: readonly Range[],
): Promise<Uint8Array> {
  const dictionary = await readRanges(old, ranges);
  const stored = await compress(Buffer.concat(parts, size), { level, dictionary });
  return packRecord({
    size,
    ranges,
    control: emptyList,
    differences: emptyList,
    others: { size, stored },
  });
}
