/** Sorts tags in the order of the specification: "lexical", which it explains as case-insensitive alphanumeric. */
export function byTag(a: string, b: string): number {
  return compare(a.toLowerCase(), b.toLowerCase()) || compare(a, b);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

export interface Page {
  readonly items: readonly string[];
  /** Value of `last` for requesting the next page; undefined at the end. */
  readonly next: string | undefined;
}

/** Distribution-spec, "Listing Tags": `n` and `last`. Undefined when `n` is not a number. */
export function pageOf(sorted: readonly string[], query: URLSearchParams): Page | undefined {
  const last = query.get('last');
  const after = last === null ? sorted : sorted.filter((item) => byTag(item, last) > 0);
  const n = query.get('n');
  if (n === null) return { items: after, next: undefined };
  if (!/^[0-9]+$/.test(n)) return undefined;
  const items = after.slice(0, Number(n));
  return { items, next: items.length < after.length ? items.at(-1) : undefined };
}
