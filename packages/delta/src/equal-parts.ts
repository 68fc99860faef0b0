/** Bytes of a piece that old bytes have, byte for byte. */
export interface EqualPart {
  /** Where they are in the piece. */
  readonly at: number;
  /** Where they are in the old bytes. */
  readonly from: number;
  readonly length: number;
}

/** Bytes that are compared at once. */
const blockBytes = 4096;

/** Returns the parts of at least `least` bytes, some blocks, that are at the same place in both. */
export function partsInPlace(old: Uint8Array, next: Uint8Array, least: number): EqualPart[] {
  const size = Math.min(old.length, next.length);
  const parts: EqualPart[] = [];
  for (let block = 0; block + blockBytes <= size; ) {
    let end = block;
    while (end + blockBytes <= size && isSameBlock(old, next, end)) end += blockBytes;
    if (end === block) {
      block += blockBytes;
      continue;
    }
    let at = block;
    const last = parts.at(-1);
    const behind = last === undefined ? 0 : last.at + last.length;
    while (at > behind && old[at - 1] === next[at - 1]) at--;
    while (end < size && old[end] === next[end]) end++;
    if (end - at >= least) parts.push({ at, from: at, length: end - at });
    block = Math.ceil(end / blockBytes) * blockBytes;
  }
  return parts;
}

function isSameBlock(old: Uint8Array, next: Uint8Array, at: number): boolean {
  const end = at + blockBytes;
  return Buffer.compare(old.subarray(at, end), next.subarray(at, end)) === 0;
}

/** Old bytes are found by the hash of so many bytes at each multiple of that. */
const keyBytes = 32;
/** An entry of the table: the place of old bytes, in keys, and above it the bits of the hash that the index has not. */
const placeBits = 17;
const hashBits = 32;
/** Old bytes that can be searched. */
export const mostSearched = keyBytes * 2 ** placeBits;
const factor = 0x2c1b3c6d;
/** What a byte counts in a hash once it is as far back as a key is long. */
const leaving = Array.from({ length: keyBytes }).reduce<number>((all) => Math.imul(all, factor), 1);

/** Finds parts that are anywhere in old bytes, as after an insertion. Its memory is used again for each search. */
export class PartFinder {
  readonly #table = new Int32Array(2 ** placeBits);

  /**
   * Returns parts of at least `least` bytes, in order; those of two keys and more are always found. `shift`: how far ahead
   * old bytes are likely to be of the same new ones.
   */
  find(old: Uint8Array, next: Uint8Array, shift: number, least: number): EqualPart[] {
    this.#index(old);
    const parts: EqualPart[] = [];
    let behind = 0;
    let present = shift;
    let hash = hashAt(next, 0);
    for (let at = 0; at + keyBytes <= next.length; ) {
      const entry = this.#table[hash >>> (hashBits - placeBits)] ?? 0;
      const found = entry >>> placeBits === (hash & (2 ** (hashBits - placeBits) - 1));
      const part = found
        ? partAround(old, next, at, placeOf(old, next, entry, at, present), behind)
        : undefined;
      if (part === undefined || part.length < least) {
        const [out, into] = [next[at] ?? 0, next[at + keyBytes] ?? 0];
        hash = (Math.imul(hash, factor) - Math.imul(out, leaving) + into) | 0;
        at++;
        continue;
      }
      parts.push(part);
      present = part.from - part.at;
      behind = part.at + part.length;
      at = behind;
      hash = hashAt(next, at);
    }
    return parts;
  }

  #index(old: Uint8Array): void {
    const table = this.#table.fill(0);
    for (let place = Math.floor(old.length / keyBytes) - 1; place >= 0; place--) {
      const hash = hashAt(old, place * keyBytes);
      table[hash >>> (hashBits - placeBits)] = (hash << placeBits) | place;
    }
  }
}

function hashAt(bytes: Uint8Array, at: number): number {
  let hash = 0;
  const end = Math.min(at + keyBytes, bytes.length);
  for (let index = at; index < end; index++)
    hash = (Math.imul(hash, factor) + (bytes[index] ?? 0)) | 0;
  return hash;
}

/** Returns where the old bytes of a key may be: where they were for the part before it, or else where the table says. */
function placeOf(
  old: Uint8Array,
  next: Uint8Array,
  entry: number,
  at: number,
  shift: number,
): number {
  const from = at + shift;
  if (from >= 0 && equalFrom(old, next, from, at, keyBytes) === keyBytes) return from;
  return (entry & (2 ** placeBits - 1)) * keyBytes;
}

/** Returns the part around a place that both have, from `behind` on. */
function partAround(
  old: Uint8Array,
  next: Uint8Array,
  at: number,
  from: number,
  behind: number,
): EqualPart | undefined {
  const length = equalFrom(old, next, from, at, next.length);
  if (length < keyBytes) return undefined;
  let back = 0;
  const most = Math.min(at - behind, from);
  while (back < most && old[from - back - 1] === next[at - back - 1]) back++;
  return { at: at - back, from: from - back, length: length + back };
}

/** Returns how many bytes are equal from two places on, up to `most`. */
function equalFrom(
  old: Uint8Array,
  next: Uint8Array,
  from: number,
  at: number,
  most: number,
): number {
  const end = Math.min(most, next.length - at, old.length - from);
  let length = 0;
  while (length < end && next[at + length] === old[from + length]) length++;
  return length;
}
