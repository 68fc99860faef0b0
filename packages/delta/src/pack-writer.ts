import { type DifferenceLists, DifferenceWriter } from './differences.ts';
import { RegionFinder } from './find-regions.ts';
import { deltaLimits, pieceBytes } from './limits.ts';
import type { OldBytes } from './old-bytes.ts';
import { bytesIn, readRanges } from './open-pack.ts';
import { Pool } from './pool.ts';
import { packRecord, type Range, type StoredList, type StoredPack, storedList } from './record.ts';
import type { CompressOptions } from './zstd.ts';

interface PackLimits {
  /** Bytes that a pack gathers before it is compressed, and old bytes for them. */
  readonly bytes: number;
  readonly references: number;
}

/** A compressor takes many times what it sees. What a program’s change leaves is small, so a pack of it makes more. */
const textLimits: PackLimits = { bytes: 1.25 * pieceBytes, references: 2.5 * pieceBytes };
const programLimits: PackLimits = { bytes: 3 * pieceBytes, references: 5 * pieceBytes };
const textLevel = 12;
/** What is left of programs: as small as the best level makes it but for 1 or 2 %, in half the time. */
const programOptions = { level: 17, isBinary: true } as const;
/** The level for what is little: regions, and the first text of a layer. Level 19 looks twice, and finds no more. */
const bestLevel = 18;
const unlikeOptions = { level: bestLevel, hasLargeTables: true } as const;
const smallBytes = 64 * 1024;
/** Text of a layer that is compressed at the best level, with its old bytes: some seconds. */
const bestBytes = 8 * 1024 * 1024;
/**
 * A program that another compiler has made is like no old one, but has parts of some bytes from it. They are found by a
 * compressor with large tables, at 2 MB a second, so only so much of a layer is compressed in this way.
 */
const unlikeShare = 1 / 5;
const unlikeBytes = 16 * 1024 * 1024;
/** What compresses less at the lowest level has been compressed already, so no dictionary makes it smaller. */
const noiseShare = 0.95;
/** Smaller programs are compressed like text, with others in one pack. */
const leastProgramBytes = 32 * 1024;
const noList: StoredList = { size: 0, stored: new Uint8Array(0) };

/** Gathers carried bytes with the old bytes that are most like them, and compresses them pack by pack. */
export class PackWriter {
  readonly #old: OldBytes;
  readonly #start: (record: Promise<Uint8Array>) => Promise<void>;
  readonly #gathered = bufferPool(programLimits.bytes);
  readonly #references = bufferPool(programLimits.references);
  readonly #writers = new Pool(() => new DifferenceWriter());
  readonly #finder = new RegionFinder();
  readonly #best = new Budget(bestBytes);
  readonly #unlike = new Budget(unlikeBytes);
  #bytes = this.#gathered.take();
  #size = 0;
  #ranges: Range[] = [];
  #referenced = 0;
  #programBytes = 0;

  /** `start` takes the records in their order; it may wait until others are done. */
  constructor(old: OldBytes, start: (record: Promise<Uint8Array>) => Promise<void>) {
    this.#old = old;
    this.#start = start;
  }

  /** Adds bytes of at most one piece; `isCode`: they are of a program. */
  async add(bytes: Uint8Array, like: Range | undefined, isCode: boolean): Promise<void> {
    const more = this.#growth(like);
    const isProgram = like !== undefined && isCode;
    // A pack is of one kind, unless that would make a small one.
    const isOther = this.#size > smallBytes && isProgram !== this.#programBytes * 2 > this.#size;
    const most = isProgram ? programLimits : textLimits;
    if (
      this.#size + bytes.length > most.bytes ||
      this.#referenced + more > most.references ||
      this.#ranges.length >= deltaLimits.maxReferenceRanges ||
      isOther
    ) {
      await this.flush();
    }
    if (isProgram) this.#programBytes += bytes.length;
    this.#bytes.set(bytes, this.#size);
    this.#size += bytes.length;
    if (like !== undefined && like.length <= most.references) this.#refer(like);
  }

  /** Returns by how many bytes a range makes the references longer. */
  #growth(like: Range | undefined): number {
    if (like === undefined) return 0;
    const end = this.#endAt(like);
    return end === undefined ? like.length : Math.max(0, like.offset + like.length - end);
  }

  /** Returns where the last range ends, if another one begins in it or right behind it. */
  #endAt({ offset }: Range): number | undefined {
    const last = this.#ranges.at(-1);
    if (last === undefined || offset < last.offset) return undefined;
    return offset <= last.offset + last.length ? last.offset + last.length : undefined;
  }

  #refer(like: Range): void {
    const growth = this.#growth(like);
    const last = this.#endAt(like) === undefined ? undefined : this.#ranges.pop();
    this.#ranges.push(
      last === undefined ? like : { offset: last.offset, length: last.length + growth },
    );
    this.#referenced += growth;
  }

  async flush(): Promise<void> {
    if (this.#size === 0) return;
    const [size, ranges] = [this.#size, this.#ranges];
    const isProgram = this.#programBytes * 2 > size && this.#referenced > 0;
    this.#ranges = [];
    this.#size = 0;
    this.#referenced = 0;
    this.#programBytes = 0;
    if (isProgram) {
      const writer = this.#writers.take();
      const lists = await this.#differences(writer, size, ranges);
      if (!(await this.#needsDictionary(lists.others, size))) {
        await this.#start(this.#programPack(writer, lists, { size, ranges }));
        return;
      }
      this.#writers.give(writer);
    }
    const buffer = this.#bytes;
    this.#bytes = this.#gathered.take();
    const pack = { size, ranges };
    const options = isProgram ? unlikeOptions : { level: this.#textLevel(pack) };
    await this.#start(this.#dictionaryPack(buffer, pack, options));
  }

  /** Tells whether much of a program is like no old one, but is no noise, and time is left for it. */
  async #needsDictionary(others: Uint8Array, size: number): Promise<boolean> {
    if (others.length <= size * unlikeShare) return false;
    const { stored } = await storedList(others, { level: 1 });
    return stored.length < others.length * noiseShare && this.#unlike.allows(size);
  }

  #textLevel({ size, ranges }: Gathered): number {
    return this.#best.allows(size + bytesIn(ranges)) ? bestLevel : textLevel;
  }

  /** Finds where the gathered bytes were before. The bytes are no longer needed then. */
  async #differences(
    writer: DifferenceWriter,
    size: number,
    ranges: readonly Range[],
  ): Promise<DifferenceLists> {
    const buffer = this.#references.take();
    const reference = await readRanges(this.#old, ranges, buffer.subarray(0, bytesIn(ranges)));
    const bytes = this.#bytes.subarray(0, size);
    const lists = writer.write(reference, bytes, this.#finder.find(reference, bytes));
    this.#references.give(buffer);
    return lists;
  }

  /** Makes a pack of differences. What is like old bytes is among them, so a dictionary would be of no use. */
  async #programPack(
    writer: DifferenceWriter,
    lists: DifferenceLists,
    { size, ranges }: Gathered,
  ): Promise<Uint8Array> {
    const [control, differences, others] = await Promise.all([
      storedList(lists.control, { level: bestLevel }),
      storedList(lists.differences, programOptions),
      storedList(lists.others, programOptions),
    ]);
    this.#writers.give(writer);
    return packRecord({ size, ranges, hasDictionary: false, control, differences, others });
  }

  /** Makes a pack of bytes that are compressed with old ones. */
  async #dictionaryPack(
    buffer: Buffer,
    { size, ranges }: Gathered,
    options: CompressOptions,
  ): Promise<Uint8Array> {
    const memory = this.#references.take();
    const dictionary = await readRanges(this.#old, ranges, memory.subarray(0, bytesIn(ranges)));
    const others = await storedList(buffer.subarray(0, size), { ...options, dictionary });
    this.#references.give(memory);
    this.#gathered.give(buffer);
    const [control, differences] = [noList, noList];
    return packRecord({ size, ranges, hasDictionary: true, control, differences, others });
  }
}

type Gathered = Pick<StoredPack, 'size' | 'ranges'>;

function bufferPool(size: number): Pool<Buffer> {
  return new Pool(() => Buffer.allocUnsafeSlow(size));
}

/** How many bytes are compressed as well as possible, which takes ten times as long. */
class Budget {
  #rest: number;

  constructor(bytes: number) {
    this.#rest = bytes;
  }

  allows(bytes: number): boolean {
    this.#rest -= bytes;
    return this.#rest >= 0;
  }
}

/** Tells whether a file that begins with these bytes is likely to be a program: text has no NUL in it. */
export function looksLikeProgram(bytes: Uint8Array): boolean {
  return bytes.length >= leastProgramBytes && bytes.subarray(0, 64 * 1024).includes(0);
}
