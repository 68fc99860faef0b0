import { backwardBytes, bestSplit, forwardBytes } from './region-ends.ts';
import { differingAt, type Pair, pairOf, viewOf, wordBytes } from './words.ts';

/** Bytes of the new piece that come from old ones of the same length, byte for byte or nearly, then others. */
export interface Region {
  /** Where the old bytes begin. */
  readonly from: number;
  /** Bytes that are like old ones. */
  readonly like: number;
  /** Bytes after them that are like none. */
  readonly other: number;
}

/** Every eighth old position is indexed by its 8 bytes, so that a match of 15 bytes is always found. */
const step = 8;
const keyBytes = 8;
const hashBits = 18;
const knownBits = 22;
/**
 * An entry is an old position, in steps, and above it the lowest bits of its hash. So old bytes are read only where they
 * are most likely equal: each such read waits for memory.
 */
const placeBits = 20;
const noPlace = 2 ** placeBits - 1;
/** Candidates that are looked at for one position, and entries for that. */
const maxCandidates = 4;
const maxEntries = 8;
/** A match is followed this far to be judged; what follows shows by itself. */
const judgedBytes = 64;
/** A match must explain this many bytes more than the present alignment does. */
const betterBy = 16;
/**
 * Matches are followed back over this many times the bytes of the piece, all together, and then each only a little. Where
 * bytes repeat, each of many matches leads back to the first one, which would take minutes for a piece.
 */
const backRatio = 32;
const backBytes = 4096;
const judgedWords = judgedBytes / wordBytes;

/**
 * Finds for a piece of a program where its code was before, as bsdiff does: places that have moved keep most of their bytes,
 * while the addresses in them change. The regions cover all of `next` in order.
 */
export class RegionFinder {
  readonly #heads = new Int32Array(2 ** hashBits);
  /** A bit for the first bits of each hash: most bytes that are new are known to be so without a look at the entries. */
  readonly #known = new Int32Array(2 ** (knownBits - 5));
  #links = new Int32Array(0);
  readonly #differing = new Uint8Array(judgedWords);

  find(old: Uint8Array, next: Uint8Array): Region[] {
    this.#index(old);
    const pair = pairOf(old, next);
    const regions: Region[] = [];
    // The region so far begins here, at `start` of `next` and `from` of `old`.
    let start = 0;
    let from = 0;
    let scan = 0;
    let back = backRatio * next.length;
    for (;;) {
      const match = this.#nextMatch(pair, scan, from - start);
      const end = match?.at ?? next.length;
      let forward = forwardBytes(pair, from, start, end);
      if (match === undefined) {
        regions.push({ from, like: forward, other: next.length - start - forward });
        return regions;
      }
      const farthest = back > 0 ? next.length : backBytes;
      back -= match.at - start;
      let backward = backwardBytes(pair, match.from, match.at, start, farthest);
      const overlap = start + forward - (end - backward);
      if (overlap > 0) {
        const kept = bestSplit(pair, {
          at: start + forward - overlap,
          first: from + forward - overlap,
          second: match.from - backward,
          length: overlap,
        });
        forward += kept - overlap;
        backward -= kept;
      }
      regions.push({ from, like: forward, other: end - backward - (start + forward) });
      start = end - backward;
      from = match.from - backward;
      scan = match.at + keyBytes;
    }
  }

  #index(old: Uint8Array): void {
    const count = Math.floor(old.length / step);
    if (count >= noPlace) throw new RangeError(`${old.length} old bytes are too many to search`);
    if (this.#links.length < count) this.#links = new Int32Array(count);
    const heads = this.#heads.fill(noPlace);
    const known = this.#known.fill(0);
    const links = this.#links;
    const view = viewOf(old);
    for (let place = 0; place < count; place++) {
      const at = place * step;
      const hash = hashOf(view.getUint32(at, true), view.getUint32(at + 4, true));
      const head = hash >>> (32 - hashBits);
      links[place] = heads[head] ?? noPlace;
      heads[head] = (hash << placeBits) | place;
      const bit = hash >>> (32 - knownBits);
      known[bit >>> 5] = (known[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
  }

  #nextMatch(pair: Pair, scan: number, shift: number): { at: number; from: number } | undefined {
    const last = pair.next.length - keyBytes;
    // How many bytes differ under the present alignment, in each of the next words and in all of them.
    const differing = this.#differing;
    let sum = 0;
    for (let word = 0; word < judgedWords; word++) {
      const count = differingAt(pair, scan + word * wordBytes, shift);
      differing[word] = count;
      sum += count;
    }
    let first = 0;
    for (let start = scan; start <= last; start += wordBytes) {
      // Otherwise no match explains so much more, or one that begins later does.
      if (sum > betterBy && differing[first] !== 0) {
        const end = Math.min(start + wordBytes, last + 1);
        for (let at = start; at < end; at++) {
          const from = this.#betterAt(pair, at, shift);
          if (from >= 0) return { at, from };
        }
      }
      const count = differingAt(pair, start + judgedBytes, shift);
      sum += count - (differing[first] ?? 0);
      differing[first] = count;
      first = (first + 1) % judgedWords;
    }
    return undefined;
  }

  /** Returns where old bytes explain those at a position better than the present alignment does; -1 for nowhere. */
  #betterAt(pair: Pair, at: number, shift: number): number {
    const { old, next, oldView, nextView } = pair;
    const low = nextView.getUint32(at, true);
    const high = nextView.getUint32(at + 4, true);
    const hash = hashOf(low, high);
    const bit = hash >>> (32 - knownBits);
    if ((((this.#known[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 0) return -1;
    let entry = this.#heads[hash >>> (32 - hashBits)] ?? noPlace;
    let best = 0;
    let bestFrom = -1;
    let tried = 0;
    for (let seen = 0; seen < maxEntries && tried < maxCandidates; seen++) {
      const place = entry & noPlace;
      if (place === noPlace) break;
      const isLikely = (entry ^ (hash << placeBits)) >>> placeBits === 0;
      entry = this.#links[place] ?? noPlace;
      if (!isLikely) continue;
      tried++;
      const candidate = place * step;
      if (
        oldView.getUint32(candidate, true) === low &&
        oldView.getUint32(candidate + 4, true) === high
      ) {
        const most = Math.min(judgedBytes, next.length - at, old.length - candidate);
        let length = keyBytes;
        while (length < most && next[at + length] === old[candidate + length]) length++;
        if (length > best) {
          best = length;
          bestFrom = candidate;
          if (length === judgedBytes) break;
        }
      }
    }
    if (best <= betterBy) return -1;
    let present = 0;
    for (let index = 0; index < best; index++) {
      if (next[at + index] === old[at + shift + index]) present++;
    }
    return best > present + betterBy ? bestFrom : -1;
  }
}

function hashOf(low: number, high: number): number {
  return Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b);
}
