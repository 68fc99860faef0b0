import type { ByteRange } from './content.ts';

/**
 * Parses a Range header (RFC 9110, section 14.2) for a blob of `size` bytes. Returns undefined if the whole blob is
 * to be sent: no range, another unit, several ranges, or a malformed one. Returns `unsatisfiable` if the range
 * covers no byte.
 */
export function parseByteRange(
  header: string | undefined,
  size: number,
): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*$/i.exec(header ?? '');
  if (match === null) return undefined;
  const [, from = '', to = ''] = match;
  if (from === '' && to === '') return undefined;
  // A number too large to be exact is also larger than any blob.
  if (from === '') {
    const count = Math.min(Number(to), size);
    return count === 0 ? 'unsatisfiable' : { first: size - count, last: size - 1 };
  }
  const first = Number(from);
  const last = to === '' ? Infinity : Number(to);
  if (last < first) return undefined;
  return first >= size ? 'unsatisfiable' : { first, last: Math.min(last, size - 1) };
}
