import { Header } from 'tar/header';

// "§" names the section of docs/bundle-format.md that a check follows from.

/** What a bundle's archive says of an entry. */
export interface EntryHeader {
  readonly path: string;
  /** Bytes of its data. */
  readonly size: number;
  readonly type: 'File' | 'ExtendedHeader';
}

/** Decodes a header of 512 bytes, or says what is wrong with it. Stricter than tar: whatever is taken, every tar reads alike. */
export function decodeHeader(block: Buffer): EntryHeader | string {
  const header = parseHeader(block);
  // §3.5.
  if (header?.cksumValid !== true) return 'a damaged header';
  const { path, size, type } = header;
  if (path === undefined || size === undefined || !Number.isSafeInteger(size) || size < 0) {
    return 'an entry without a usable name and size';
  }
  // §3.1, §3.7.
  if (type !== 'File' && type !== 'ExtendedHeader') return `${path}, a ${type},`;
  const problem = formProblem(block);
  return problem === undefined ? { path, size, type } : `${problem} in the header`;
}

/** Undefined for a header with a number that the parser cannot hold, at which it throws. */
function parseHeader(block: Buffer): Header | undefined {
  try {
    return new Header(block, 0);
  } catch {
    return undefined;
  }
}

/** Octal digits, with spaces before them and spaces or NUL after them, as every tar reads them. */
const octal = /^ *[0-7]+[ \0]*$/;

/** §3.3. Fields of a ustar header that have to be numbers, whatever their values: name, offset, bytes. */
const numbers = [
  ['mode', 100, 8],
  ['uid', 108, 8],
  ['gid', 116, 8],
  ['mtime', 136, 12],
  ['checksum', 148, 8],
] as const;

function formProblem(block: Buffer): string | undefined {
  const text = (offset: number, length: number): string =>
    block.toString('latin1', offset, offset + length);
  // §3.1.
  if (text(257, 8) !== 'ustar\x0000') return 'no magic and version of ustar';
  for (const [name, offset, length] of numbers) {
    if (!octal.test(text(offset, length))) return `a ${name} that is not an octal number`;
  }
  // §3.4.
  if (block[124] !== 0x80 && !octal.test(text(124, 12))) return 'a size that is not a number';
  return undefined;
}
