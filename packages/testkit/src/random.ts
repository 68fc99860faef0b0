/** Returns a number from 0 to below `limit`. */
export type Numbers = (limit: number) => number;

/** Returns a generator of whole numbers below `limit` that follow from a seed. */
export function numbersFrom(seed: number): Numbers {
  const next = wordsFrom(seed);
  return (limit) => next() % limit;
}

/** Returns a generator of numbers from 0 to below 1 that follow from a seed. */
export function randomFrom(seed: number): () => number {
  const next = wordsFrom(seed);
  return () => next() / 2 ** 32;
}

/** Generates whole numbers below 2^32 (mulberry32). */
function wordsFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
