// Fields of a tar header, in the forms of POSIX ustar, PAX and GNU tar.

/** Bytes of a tar header, and the unit of all sizes in a tar. */
export const blockBytes = 512;

export const checksumField = { start: 148, length: 8 } as const;
const nameField = { start: 0, length: 100 } as const;
const sizeField = { start: 124, length: 12 } as const;
const linkField = { start: 157, length: 100 } as const;
const prefixField = { start: 345, length: 155 } as const;
const typeAt = 156;
const magicAt = 257;
const magic = [...'ustar'].map((letter) => letter.charCodeAt(0));

type TextEncoding = 'latin1' | 'utf8';

interface Field {
  readonly start: number;
  readonly length: number;
}

const zeros = new Uint8Array(64 * 1024);

/** Tells whether all bytes are zeros, as in the blocks that end an archive and those that fill a sparse file. */
export function isZero(bytes: Uint8Array): boolean {
  if (bytes.length > 0 && bytes[0] !== 0) return false;
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const part = bytes.subarray(at, at + zeros.length);
    if (Buffer.compare(part, zeros.subarray(0, part.length)) !== 0) return false;
  }
  return true;
}

/** Tells whether bytes begin with a header of ustar, PAX or GNU tar, by its magic number; older tars have none. */
export function hasMagic(bytes: Uint8Array): boolean {
  return magic.every((letter, index) => bytes[magicAt + index] === letter);
}

/** Returns the sum of all bytes of a header, with spaces in the place of the checksum. */
export function checksumOf(header: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < blockBytes; at++) sum += header[at] ?? 0;
  for (let at = checksumField.start; at < checksumField.start + checksumField.length; at++) {
    sum += 0x20 - (header[at] ?? 0);
  }
  return sum;
}

/** Tells whether a block has the checksum that its other bytes give. */
export function hasChecksum(block: Uint8Array): boolean {
  return block.length === blockBytes && numberIn(block, checksumField) === checksumOf(block);
}

/** Tells whether a block is a header: with a name, and a checksum that is right. */
export function isHeader(block: Uint8Array): boolean {
  return block[0] !== 0 && hasChecksum(block);
}

/** Returns the type of an entry as a character; NUL is an ordinary file too. */
export function typeOf(header: Uint8Array): string {
  const type = header[typeAt] ?? 0;
  return type === 0 ? '0' : String.fromCharCode(type);
}

/** Tells whether an entry only describes the next one: PAX headers, and GNU tar's long names and links. */
export function isExtension(type: string): boolean {
  return type === 'x' || type === 'g' || type === 'L' || type === 'K';
}

/** Tells whether content follows a header: not after links, devices and folders, whatever their size field says. */
export function hasContent(header: Uint8Array): boolean {
  const type = header[typeAt] ?? 0;
  return type < 0x31 || type > 0x36;
}

/** Returns the size field of a header in bytes; undefined if it is not a number. */
export function sizeIn(header: Uint8Array): number | undefined {
  return numberIn(header, sizeField);
}

/** Returns the bytes that follow a header, without those that fill the last block; 0 if its size is not a number. */
export function contentBytes(header: Uint8Array): number {
  return hasContent(header) ? (sizeIn(header) ?? 0) : 0;
}

/** Returns the bytes that fill the last block of content. */
export function paddingBytes(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

/** Returns the path in a header: its name, in POSIX archives after a prefix. */
export function pathIn(header: Uint8Array, encoding: TextEncoding): string {
  const name = textIn(header, encoding, nameField);
  // GNU tar has other fields in the place of the prefix.
  const isPosix = header[magicAt + magic.length] === 0;
  const prefix = isPosix ? textIn(header, encoding, prefixField) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Returns the target of a link. */
export function linkIn(header: Uint8Array, encoding: TextEncoding): string {
  return textIn(header, encoding, linkField);
}

/** Returns the text before the first NUL in a field, or in all of the bytes. */
export function textIn(
  bytes: Uint8Array,
  encoding: TextEncoding,
  { start, length }: Field = { start: 0, length: bytes.length },
): string {
  const field = bytes.subarray(start, start + length);
  const end = field.indexOf(0);
  const view = Buffer.from(field.buffer, field.byteOffset, end === -1 ? field.length : end);
  return view.toString(encoding);
}

/** Returns the number in a field of octal digits, or of base 256 (GNU tar); undefined for anything else. */
function numberIn(header: Uint8Array, { start, length }: Field): number | undefined {
  const stop = start + length;
  let value = 0;
  let at = start;
  if (header[start] === 0x80) {
    for (at++; at < stop; at++) value = value * 256 + (header[at] ?? 0);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  while (at < stop && header[at] === 0x20) at++;
  for (; at < stop; at++) {
    const digit = (header[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  return at === stop || header[at] === 0 || header[at] === 0x20 ? value : undefined;
}
