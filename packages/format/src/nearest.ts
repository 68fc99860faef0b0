import { closestMatch } from 'leven';

/**
 * Returns the candidate with the most similar spelling, ignoring case; undefined if none is similar. A third of the
 * letters may differ.
 */
export function nearest<Name extends string>(
  word: string,
  candidates: readonly Name[],
): Name | undefined {
  const byLower = new Map(candidates.map((one) => [one.toLowerCase(), one]));
  const maxDistance = Math.max(1, Math.floor(word.length / 3));
  const match = closestMatch(word.toLowerCase(), [...byLower.keys()], { maxDistance });
  return match === undefined ? undefined : byLower.get(match);
}

/** Returns the candidates with the most similar one first; in their order if none is similar. */
export function nearestFirst(word: string, candidates: readonly string[]): string[] {
  const near = candidates.length === 0 ? undefined : nearest(word, candidates);
  if (near === undefined) return [...candidates];
  return [near, ...candidates.filter((one) => one !== near)];
}
