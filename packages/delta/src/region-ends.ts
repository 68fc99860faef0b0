import { isSameWord, type Pair, wordBytes } from './words.ts';

/** Returns how far a region reaches: as long as more than half of its bytes are equal. */
export function forwardBytes(pair: Pair, from: number, start: number, end: number): number {
  const { old, next } = pair;
  const most = Math.min(end - start, old.length - from);
  let equal = 0;
  let best = 0;
  let length = 0;
  for (let index = 0; index < most; ) {
    const isWord = index + wordBytes <= most;
    if (isWord && isSameWord(pair, from + index, start + index)) {
      index += wordBytes;
      equal += wordBytes;
      if (equal * 2 - index > best) {
        best = equal * 2 - index;
        length = index;
      }
      continue;
    }
    for (const stop = Math.min(index + wordBytes, most); index < stop; ) {
      if (old[from + index] === next[start + index]) equal++;
      index++;
      if (equal * 2 - index > best) {
        best = equal * 2 - index;
        length = index;
      }
    }
  }
  return length;
}

/** Returns how far a region reaches back before the match that it was found by. */
export function backwardBytes(
  pair: Pair,
  from: number,
  at: number,
  start: number,
  farthest: number,
): number {
  const { old, next } = pair;
  const most = Math.min(at - start, from, farthest);
  let equal = 0;
  let best = 0;
  let length = 0;
  for (let count = 0; count < most; ) {
    const stop = Math.min(count + wordBytes, most);
    const isWord = stop - count === wordBytes;
    if (isWord && isSameWord(pair, from - stop, at - stop)) {
      count = stop;
      equal += wordBytes;
      if (equal * 2 - count > best) {
        best = equal * 2 - count;
        length = count;
      }
      continue;
    }
    while (count < stop) {
      count++;
      if (old[from - count] === next[at - count]) equal++;
      if (equal * 2 - count > best) {
        best = equal * 2 - count;
        length = count;
      }
    }
  }
  return length;
}

/** Returns how many bytes of an overlap the first of two regions keeps. */
export function bestSplit(
  { old, next }: Pair,
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
