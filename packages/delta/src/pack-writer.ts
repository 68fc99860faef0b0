import { type DifferenceLists, RunWriter, writeDifferences } from './differences.ts';
import { RegionFinder } from './find-regions.ts';
import { pieceBytes } from './limits.ts';
import type { OldBytes } from './old-bytes.ts';
import { readRanges } from './open-pack.ts';
import { packRecord, type Range, type StoredPack, storedList } from './record.ts';

interface PackLimits {
  /** Bytes that a pack gathers before it is compressed, and old bytes for them. */
  readonly bytes: number;
  readonly references: number;
}

/** A compressor takes many times what it sees. What a program’s change leaves is small, so a pack of it makes more. */
const textLimits: PackLimits = { bytes: 1.25 * pieceBytes, references: 2.5 * pieceBytes };
const programLimits: PackLimits = { bytes: 3 * pieceBytes, references: 5 * pieceBytes };
const textLevel = 12;
/** What is left of programs: as small as level 19 makes it but for 1 or 2 %, in half the time. */
const programOptions = { level: 17, isBinary: true } as const;
/** The level for what is little: regions, and the first text of a layer. */
const bestLevel = 19;
const smallBytes = 512 * 1024;
/** Text of a layer that is compressed at the best level, with its old bytes: some seconds. */
const bestBytes = 8 * 1024 * 1024;
/** Smaller programs are compressed like text, with others in one pack. */
const leastProgramBytes = 32 * 1024;
const nothing = new Uint8Array(0);

/** Gathers carried bytes with the old bytes that are most like them, and compresses them pack by pack. */
export class PackWriter {
  readonly #old: OldBytes;
  readonly #start: (record: Promise<Uint8Array>) => Promise<void>;
  #bytes = nothing;
  #size = 0;
  #ranges: Range[] = [];
  #referenced = 0;
  #programBytes = 0;
  readonly #tools: Tools = {
    finder: new RegionFinder(),
    runs: new RunWriter(),
    turns: new Turns(),
    budget: new Budget(),
  };

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
      isOther
    ) {
      await this.flush();
    }
    if (isProgram) this.#programBytes += bytes.length;
    if (this.#size + bytes.length > this.#bytes.length) {
      const larger = new Uint8Array(most.bytes);
      larger.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = larger;
    }
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
    const gathered = {
      bytes: this.#bytes.subarray(0, this.#size),
      ranges: this.#ranges,
    };
    const isProgram = this.#programBytes * 2 > this.#size && this.#referenced > 0;
    this.#bytes = nothing;
    this.#ranges = [];
    this.#size = 0;
    this.#referenced = 0;
    this.#programBytes = 0;
    const pack = isProgram ? programPack : textPack;
    await this.#start(pack(this.#old, this.#tools, gathered));
  }
}

interface Gathered {
  readonly bytes: Uint8Array;
  readonly ranges: readonly Range[];
}

/** What the packs of a delta have in common. */
interface Tools {
  readonly finder: RegionFinder;
  readonly runs: RunWriter;
  readonly turns: Turns;
  readonly budget: Budget;
}

/** Makes a pack of differences. What is like old bytes is among them, so a dictionary would be of no use. */
async function programPack(
  old: OldBytes,
  { finder, runs }: Tools,
  { bytes, ranges }: Gathered,
): Promise<Uint8Array> {
  const reference = await readRanges(old, ranges);
  const lists = writeDifferences(reference, bytes, finder.find(reference, bytes), runs);
  return storedPack({ size: bytes.length, ranges }, lists);
}

/** Compresses a pack of differences; its own function, so that the old and new bytes need not stay in memory. */
async function storedPack(
  { size, ranges }: Pick<StoredPack, 'size' | 'ranges'>,
  lists: DifferenceLists,
): Promise<Uint8Array> {
  const [control, differences, others] = await Promise.all([
    storedList(lists.control, { level: bestLevel }),
    storedList(lists.differences, programOptions),
    storedList(lists.others, programOptions),
  ]);
  return packRecord({ size, ranges, hasDictionary: false, control, differences, others });
}

/** Makes a pack of bytes that are compressed with old ones. */
async function textPack(
  old: OldBytes,
  { turns, budget }: Tools,
  { bytes, ranges }: Gathered,
): Promise<Uint8Array> {
  const none = { size: 0, stored: nothing };
  const others = await turns.take(async () => {
    const dictionary = await readRanges(old, ranges);
    const isBest = budget.allows(bytes.length + dictionary.length);
    return storedList(bytes, { level: isBest ? bestLevel : textLevel, dictionary });
  });
  const size = bytes.length;
  return packRecord({
    size,
    ranges,
    hasDictionary: true,
    control: none,
    differences: none,
    others,
  });
}

/** How much text is compressed as well as possible, which takes ten times as long. */
class Budget {
  #rest = bestBytes;

  allows(bytes: number): boolean {
    this.#rest -= bytes;
    return this.#rest >= 0;
  }
}

/** Work that is done one piece at a time, because each takes much memory. */
class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work, work);
    this.#last = done;
    return done;
  }
}

/** Tells whether a file that begins with these bytes is likely to be a program: text has no NUL in it. */
export function looksLikeProgram(bytes: Uint8Array): boolean {
  return bytes.length >= leastProgramBytes && bytes.subarray(0, 64 * 1024).includes(0);
}
