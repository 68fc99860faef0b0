import { maxHosts } from './host.ts';

/**
 * Expands the ranges of Ansible in a host name: `web[01:10]`, `db-[a:f]`, `n[0:20:5]`. Returns what is wrong instead
 * for a range that cannot be expanded.
 */
export function expandRanges(pattern: string): readonly string[] | { readonly problem: string } {
  const match = /^([^[\]]*)\[([^[\]]*)\](.*)$/s.exec(pattern);
  if (match === null) {
    return /[[\]]/.test(pattern)
      ? { problem: `${pattern}: a bracket without its other` }
      : [pattern];
  }
  const [, before = '', range = '', after = ''] = match;
  const items = itemsOf(range);
  if (items === undefined) return { problem: `${pattern}: not a range such as [01:10] or [a:f]` };
  const rest = expandRanges(after);
  if ('problem' in rest) return rest;
  if (items.length * rest.length > maxHosts) {
    return { problem: `${pattern}: more than ${maxHosts} hosts` };
  }
  return items.flatMap((item) => rest.map((end) => `${before}${item}${end}`));
}

function itemsOf(range: string): readonly string[] | undefined {
  const [, first = '', last = '', step = '1'] =
    /^(\d{1,9}|[A-Za-z]):(\d{1,9}|[A-Za-z])(?::(\d{1,6}))?$/.exec(range) ?? [];
  const by = Number(step);
  if (first === '' || by === 0) return undefined;
  const areNumbers = /^\d+$/.test(first) && /^\d+$/.test(last);
  if (!areNumbers && !(/^\D$/.test(first) && /^\D$/.test(last))) return undefined;
  const from = areNumbers ? Number(first) : first.charCodeAt(0);
  const to = areNumbers ? Number(last) : last.charCodeAt(0);
  if (from > to) return undefined;
  const count = Math.min(Math.floor((to - from) / by), maxHosts) + 1;
  // A leading zero sets the width, as in Ansible.
  const width = areNumbers && first.startsWith('0') ? first.length : 0;
  return Array.from({ length: count }, (_, index) => {
    const value = from + index * by;
    return areNumbers ? String(value).padStart(width, '0') : String.fromCharCode(value);
  });
}
