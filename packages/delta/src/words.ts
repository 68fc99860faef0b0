/** A word: the bytes that are compared at once. */
export const wordBytes = 8;

/** Old and new bytes, and the views through which their words are read. */
export interface Pair {
  readonly old: Uint8Array;
  readonly next: Uint8Array;
  readonly oldView: DataView;
  readonly nextView: DataView;
}

export function pairOf(old: Uint8Array, next: Uint8Array): Pair {
  return { old, next, oldView: viewOf(old), nextView: viewOf(next) };
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Tells whether the word at a place of the old bytes is the same as the one at a place of the new ones. */
export function isSameWord({ oldView, nextView }: Pair, from: number, at: number): boolean {
  return (
    oldView.getInt32(from, true) === nextView.getInt32(at, true) &&
    oldView.getInt32(from + 4, true) === nextView.getInt32(at + 4, true)
  );
}

/** Returns how many bytes of a word differ under an alignment; beyond the end of `next` there are none. */
export function differingAt(
  { old, next, oldView, nextView }: Pair,
  at: number,
  shift: number,
): number {
  const from = at + shift;
  if (from >= 0 && from + wordBytes <= old.length && at + wordBytes <= next.length) {
    const low = oldView.getInt32(from, true) ^ nextView.getInt32(at, true);
    const high = oldView.getInt32(from + 4, true) ^ nextView.getInt32(at + 4, true);
    return (low | high) === 0 ? 0 : bytesIn(low) + bytesIn(high);
  }
  let count = 0;
  const end = Math.min(at + wordBytes, next.length);
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
