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
const hashBits = 20;
/**
 * An entry is an old position, in steps, and above it the bits of the hash that its index has not. So old bytes are read
 * only where they are most likely equal: each such read waits for memory.
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
/** Bytes that are compared under the present alignment at once. */
const blockBytes = 8;
const judgedBlocks = judgedBytes / blockBytes;

/**
 * Finds for a piece of a program where its code was before, as bsdiff does: places that have moved keep most of their bytes,
 * while the addresses in them change. The regions cover all of `next` in order.
 */
export class RegionFinder {
  readonly #heads = new Int32Array(2 ** hashBits);
  #links = new Int32Array(0);
  readonly #differing = new Uint8Array(judgedBlocks);

  find(old: Uint8Array, next: Uint8Array): Region[] {
    this.#index(old);
    const oldView = new DataView(old.buffer, old.byteOffset, old.length);
    const nextView = new DataView(next.buffer, next.byteOffset, next.length);
    const regions: Region[] = [];
    // The region so far begins here, at `start` of `next` and `from` of `old`.
    let start = 0;
    let from = 0;
    let scan = 0;
    let back = backRatio * next.length;
    for (;;) {
      const match = this.#nextMatch(old, next, oldView, nextView, scan, from - start);
      const end = match?.at ?? next.length;
      let forward = forwardBytes(old, next, from, start, end);
      if (match === undefined) {
        regions.push({ from, like: forward, other: next.length - start - forward });
        return regions;
      }
      const farthest = back > 0 ? next.length : backBytes;
      back -= match.at - start;
      let backward = backwardBytes(old, next, match.from, match.at, start, farthest);
      const overlap = start + forward - (end - backward);
      if (overlap > 0) {
        const kept = bestSplit(old, next, {
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
    const links = this.#links;
    const view = new DataView(old.buffer, old.byteOffset, old.length);
    for (let place = 0; place < count; place++) {
      const at = place * step;
      const hash = hashOf(view.getUint32(at, true), view.getUint32(at + 4, true));
      const head = hash >>> (32 - hashBits);
      links[place] = heads[head] ?? noPlace;
      heads[head] = (hash << placeBits) | place;
    }
  }

  #nextMatch(
    old: Uint8Array,
    next: Uint8Array,
    oldView: DataView,
    nextView: DataView,
    scan: number,
    shift: number,
  ): { at: number; from: number } | undefined {
    const last = next.length - keyBytes;
    // How many bytes differ under the present alignment, in each of the next blocks and in all of them.
    const differing = this.#differing;
    let sum = 0;
    for (let block = 0; block < judgedBlocks; block++) {
      const count = differingAt(old, next, oldView, nextView, scan + block * blockBytes, shift);
      differing[block] = count;
      sum += count;
    }
    let first = 0;
    for (let start = scan; start <= last; start += blockBytes) {
      // Otherwise no match explains so much more.
      if (sum > betterBy) {
        const end = Math.min(start + blockBytes, last + 1);
        for (let at = start; at < end; at++) {
          const from = this.#betterAt(old, next, oldView, nextView, at, shift);
          if (from >= 0) return { at, from };
        }
      }
      const count = differingAt(old, next, oldView, nextView, start + judgedBytes, shift);
      sum += count - (differing[first] ?? 0);
      differing[first] = count;
      first = (first + 1) % judgedBlocks;
    }
    return undefined;
  }

  /** Returns where old bytes explain those at a position better than the present alignment does; -1 for nowhere. */
  #betterAt(
    old: Uint8Array,
    next: Uint8Array,
    oldView: DataView,
    nextView: DataView,
    at: number,
    shift: number,
  ): number {
    const low = nextView.getUint32(at, true);
    const high = nextView.getUint32(at + 4, true);
    const hash = hashOf(low, high);
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

/** Returns how many bytes of a block differ under an alignment; beyond the end of `next` there are none. */
function differingAt(
  old: Uint8Array,
  next: Uint8Array,
  oldView: DataView,
  nextView: DataView,
  at: number,
  shift: number,
): number {
  const from = at + shift;
  if (from >= 0 && from + blockBytes <= old.length && at + blockBytes <= next.length) {
    const low = oldView.getInt32(from, true) ^ nextView.getInt32(at, true);
    const high = oldView.getInt32(from + 4, true) ^ nextView.getInt32(at + 4, true);
    return (low | high) === 0 ? 0 : bytesIn(low) + bytesIn(high);
  }
  let count = 0;
  const end = Math.min(at + blockBytes, next.length);
  for (let index = at; index < end; index++) if (next[index] !== old[index + shift]) count++;
  return count;
}

/** Returns how many of the four bytes of an integer are not zero. */
function bytesIn(value: number): number {
  let bits = value | (value >>> 4);
  bits |= bits >>> 2;
  bits |= bits >>> 1;
  return Math.imul(bits & 0x01010101, 0x01010101) >>> 24;
}

function hashOf(low: number, high: number): number {
  return Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b);
}

/** Returns how far a region reaches: as long as more than half of its bytes are equal. */
function forwardBytes(
  old: Uint8Array,
  next: Uint8Array,
  from: number,
  start: number,
  end: number,
): number {
  const most = Math.min(end - start, old.length - from);
  let equal = 0;
  let best = 0;
  let length = 0;
  for (let index = 0; index < most; index++) {
    if (old[from + index] === next[start + index]) equal++;
    if (equal * 2 - (index + 1) > best) {
      best = equal * 2 - (index + 1);
      length = index + 1;
    }
  }
  return length;
}

/** Returns how far a region reaches back before the match that it was found by. */
function backwardBytes(
  old: Uint8Array,
  next: Uint8Array,
  from: number,
  at: number,
  start: number,
  farthest: number,
): number {
  const most = Math.min(at - start, from, farthest);
  let equal = 0;
  let best = 0;
  let length = 0;
  for (let count = 1; count <= most; count++) {
    if (old[from - count] === next[at - count]) equal++;
    if (equal * 2 - count > best) {
      best = equal * 2 - count;
      length = count;
    }
  }
  return length;
}

/** Returns how many bytes of an overlap the first of two regions keeps. */
function bestSplit(
  old: Uint8Array,
  next: Uint8Array,
  { at, first, second, length }: { at: number; first: number; second: number; length: number },
): number {
  let score = 0;
  let best = 0;
  let kept = 0;
  for (let index = 0; index < length; index++) {
    const byte = next[at + index];
    if (byte === old[first + index]) score++;
    if (byte === old[second + index]) score--;
    if (score > best) {
      best = score;
      kept = index + 1;
    }
  }
  return kept;
}
