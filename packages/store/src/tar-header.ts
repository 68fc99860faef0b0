import { Header } from 'tar/header';

// "§" refers to the section of docs/bundle-format.md that requires a check.

/** The header of an entry in a bundle's archive. */
export interface EntryHeader {
  readonly path: string;
  /** Size of the data in bytes. */
  readonly size: number;
  readonly type: 'File' | 'ExtendedHeader';
}

/**
 * Decodes a header of 512 bytes, or returns what is wrong with it. Stricter than tar: every tar program reads an
 * accepted header in the same way.
 */
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

/** Parses a header; undefined if a number in it is too large for the parser, which then throws. */
function parseHeader(block: Buffer): Header | undefined {
  try {
    return new Header(block, 0);
  } catch {
    return undefined;
  }
}

/** Octal digits after optional spaces and before spaces or NUL, which every tar program reads. */
const octal = /^ *[0-7]+[ \0]*$/;

/** §3.3. Fields of a ustar header that must be numbers, with any value: name, offset, bytes. */
const numbers = [
  ['mode', 100, 8],
  ['uid', 108, 8],
  ['gid', 116, 8],
  ['mtime', 136, 12],
  ['checksum', 148, 8],
] as const;

/** §3.3. Numbers that matter only for devices; writers may leave them empty. */
const deviceNumbers = [
  ['devmajor', 329, 8],
  ['devminor', 337, 8],
] as const;
const octalOrEmpty = /^(?: *[0-7]+[ \0]*|\0*)$/;

function formProblem(block: Buffer): string | undefined {
  const text = (offset: number, length: number): string =>
    block.toString('latin1', offset, offset + length);
  // §3.1.
  if (text(257, 8) !== 'ustar\x0000') return 'no magic and version of ustar';
  for (const [name, offset, length] of numbers) {
    if (!octal.test(text(offset, length))) return `a ${name} that is not an octal number`;
  }
  for (const [name, offset, length] of deviceNumbers) {
    if (!octalOrEmpty.test(text(offset, length))) return `a ${name} that is not an octal number`;
  }
  // §3.4.
  if (block[124] !== 0x80 && !octal.test(text(124, 12))) return 'a size that is not a number';
  return undefined;
}
