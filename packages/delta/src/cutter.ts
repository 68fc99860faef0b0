import { type EqualPart, mostSearched, PartFinder, partsInPlace } from './equal-parts.ts';
import { pieceBytes } from './limits.ts';
import type { OldBytes } from './old-bytes.ts';
import { readRanges } from './open-pack.ts';
import type { Range } from './record.ts';

/** A part of changed bytes: it is a copy of old ones, or is carried. */
export type Cut =
  | { readonly kind: 'copy'; readonly from: number; readonly length: number }
  | {
      readonly kind: 'carry';
      readonly at: number;
      readonly length: number;
      /** The old bytes that are most like it. */
      readonly like: Range | undefined;
    };

/** Changed bytes, and the old ones that are like them. */
export interface Changed {
  readonly bytes: Uint8Array;
  readonly like: Range | undefined;
  /** Where the old bytes are that the same place had. */
  readonly natural: number | undefined;
  readonly isProgram: boolean;
}

/** Fewer bytes are compressed with their old ones as they are. */
const leastCutBytes = 4096;
/** A copy costs some bytes, and the bytes on both sides of it are no longer compressed as one. */
const leastInPlace = 32 * 1024;
const leastMoved = 1024;
/** Old bytes that are taken to be like those between two copies, on either side: so many times their length. */
const programMargin = { times: 8, least: 64 * 1024, most: 0.75 * pieceBytes };
const textMargin = { times: 1, least: 256, most: 2 * pieceBytes };

/** Finds the long parts of changed bytes that old ones have, so that only the rest is searched and compressed. */
export class Cutter {
  readonly #old: OldBytes;
  readonly #finder = new PartFinder();
  readonly #searched = Buffer.allocUnsafeSlow(mostSearched);

  constructor(old: OldBytes) {
    this.#old = old;
  }

  /** Returns cuts that are all of the changed bytes, in order. */
  async cut(changed: Changed): Promise<Cut[]> {
    const { bytes, like, isProgram } = changed;
    const parts = await this.#partsIn(changed);
    const cuts: Cut[] = [];
    let at = 0;
    let behind: number | undefined;
    for (const part of [...parts, { at: bytes.length, from: undefined, length: 0 }]) {
      const length = part.at - at;
      if (length > 0) {
        const near = like && oldBetween(behind, part.from, length);
        const margin = isProgram ? programMargin : textMargin;
        cuts.push({
          kind: 'carry',
          at,
          length,
          like: near ? around(near, length, margin, like) : like,
        });
      }
      if (part.from === undefined) break;
      cuts.push({ kind: 'copy', from: part.from, length: part.length });
      at = part.at + part.length;
      behind = part.from + part.length;
    }
    return cuts;
  }

  /**
   * Returns the long parts that old bytes have. A program is searched for moved code anyway, so only what stays in place is
   * found in it. Places in the old bytes are counted from their beginning.
   */
  async #partsIn({ bytes, like, natural, isProgram }: Changed): Promise<EqualPart[]> {
    if (like === undefined || natural === undefined || bytes.length < leastCutBytes) return [];
    if (isProgram) {
      const old = await this.#old.read(natural, Math.min(bytes.length, this.#old.size - natural));
      const parts = partsInPlace(old, bytes, leastInPlace);
      return parts.map((part) => ({ ...part, from: natural + part.from }));
    }
    if (like.length > mostSearched) return [];
    const old = await readRanges(this.#old, [like], this.#searched.subarray(0, like.length));
    const parts = this.#finder.find(old, bytes, natural - like.offset, leastMoved);
    return parts.map((part) => ({ ...part, from: like.offset + part.from }));
  }
}

/** Returns the old bytes between two copies, or beside one; undefined if there is none. */
function oldBetween(
  behind: number | undefined,
  before: number | undefined,
  length: number,
): Range | undefined {
  const from = behind ?? (before === undefined ? undefined : Math.max(0, before - length));
  if (from === undefined) return undefined;
  const isGap = before !== undefined && before >= from && before - from <= pieceBytes;
  return { offset: from, length: isGap ? before - from : length };
}

/** Returns a range with a margin on either side, within `all`. */
function around(
  { offset, length }: Range,
  carried: number,
  margin: typeof programMargin,
  all: Range,
): Range | undefined {
  const more = Math.min(margin.most, Math.max(margin.least, margin.times * carried));
  const from = Math.max(all.offset, offset - more);
  const to = Math.min(all.offset + all.length, offset + length + more);
  return to > from ? { offset: from, length: to - from } : undefined;
}
