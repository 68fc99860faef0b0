/** Reads `!reset`, which `compose.offline.yml` uses. */
export const leastCompose = '2.24.4';

/** Whether a version such as `v2.40.3-3` is this one or a later one. */
export function isAtLeast(version: string, least: string): boolean {
  const [numbers, wanted] = [version.replace(/^v/, ''), least].map((text) =>
    text.split(/[.+-]/).map(Number),
  );
  for (const [index, part] of (wanted ?? []).entries()) {
    const difference = (numbers?.[index] ?? 0) - part;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
