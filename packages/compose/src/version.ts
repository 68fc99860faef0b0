/** The first version that supports `!reset`, which `compose.offline.yml` uses. */
export const leastCompose = '2.24.4';

/** Tells whether a version such as `v2.40.3-3` is `least` or later. */
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

/** Returns a version as its project publishes it: `2.40.3` for Debian's `v2.40.3-3`, while `2.41.0-rc.1` stays. */
export function publishedVersion(version: string): string {
  const [upstream = ''] = version.replace(/^v/, '').split(/\+|[-~](?=\d)/);
  return upstream;
}
