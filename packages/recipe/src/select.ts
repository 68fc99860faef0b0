import picomatch from 'picomatch';
import type { ContextEntry } from './schema.ts';

/** Matches like Go's filepath.Match, which BuildKit uses: `*` stays within a segment, and there are no braces. */
const goMatch = { nobrace: true, noextglob: true, noglobstar: true, dot: true } as const;

/** Selects what a COPY or ADD with these sources takes from a context: the entries named or matched, and all below them. */
export function select(
  entries: readonly ContextEntry[],
  sources: readonly string[],
): ContextEntry[] {
  const tests = sources.map((source) => {
    const path = source.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '');
    if (path === '' || path === '.') return () => true;
    const matches = picomatch(path, goMatch);
    return (entry: string) => {
      const segments = entry.split('/');
      return segments.some((_, index) => matches(segments.slice(0, index + 1).join('/')));
    };
  });
  return entries.filter(({ path }) => tests.some((test) => test(path)));
}
