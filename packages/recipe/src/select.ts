import { posix } from 'node:path';
import picomatch from 'picomatch';
import type { ContextEntry } from './schema.ts';

/**
 * Matches like Go's filepath.Match, which BuildKit uses: `*` stays within a segment, and there are no braces. `**` is
 * for any folders, as with `COPY --parents`; elsewhere it is `*`, and more than needed is selected.
 */
const goMatch = { nobrace: true, noextglob: true, nonegate: true, dot: true } as const;

/** Limit of links that a path leads through; Linux has the same. */
const maxLinks = 40;

/**
 * Selects what a COPY, ADD or bind mount with these sources takes from a context: the entries named or matched, all
 * below them, and what a symbolic link leads to if it is a source or on the way to one.
 */
export function select(
  entries: readonly ContextEntry[],
  sources: readonly string[],
): ContextEntry[] {
  const paths = withTargets(entries, sources.map(cleaned));
  if (paths.has('')) return [...entries];
  const patterns = [...paths].filter(isPattern).map((path) => picomatch(path, goMatch));
  const isSelected = (path: string): boolean =>
    paths.has(path) || patterns.some((matches) => matches(path));
  return entries.filter(({ path }) => prefixes(path).some(isSelected));
}

/** Cleans a path as BuildKit does: without looking at the disk, and never above the context. */
function cleaned(source: string): string {
  return posix.normalize(`/${source}`).replace(/^\/+|\/+$/g, '');
}

/** Adds to paths and patterns those that they become by the symbolic links of the context. */
function withTargets(
  entries: readonly ContextEntry[],
  sources: readonly string[],
): ReadonlySet<string> {
  const links = new Map(
    entries.flatMap(({ path, target }) => (target === undefined ? [] : [[path, target] as const])),
  );
  const found = new Set(sources);
  if (links.size === 0) return found;
  let latest = [...found];
  for (let round = 0; round < maxLinks && latest.length > 0; round += 1) {
    const next = latest.flatMap((path) => followed(path, links)).filter((path) => !found.has(path));
    latest = [...new Set(next)];
    for (const path of latest) found.add(path);
  }
  return found;
}

/** Returns what a path or pattern becomes by each link on its way. */
function followed(path: string, links: ReadonlyMap<string, string>): string[] {
  return prefixes(path).flatMap((prefix) => {
    const rest = path.slice(prefix.length);
    const matches = isPattern(prefix) ? picomatch(prefix, goMatch) : undefined;
    const one = links.has(prefix) ? [prefix] : [];
    const on = matches === undefined ? one : [...links.keys()].filter((link) => matches(link));
    return on.map((link) => {
      const target = cleaned(posix.resolve(`/${posix.dirname(link)}`, links.get(link) ?? ''));
      return cleaned(`${isPattern(rest) ? target.replaceAll(/[*?[\\]/g, '\\$&') : target}${rest}`);
    });
  });
}

/** Returns `a`, `a/b` and `a/b/c` for `a/b/c`. */
function prefixes(path: string): string[] {
  const segments = path.split('/');
  return segments.map((_, index) => segments.slice(0, index + 1).join('/'));
}

function isPattern(path: string): boolean {
  return /[*?[\\]/.test(path);
}
