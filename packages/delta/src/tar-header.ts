/** Bytes of a tar header, and the unit of all sizes in a tar. */
export const blockBytes = 512;

/** The fields of a header (POSIX ustar, and GNU tar with it) except the checksum: start and length. */
export const headerFields = [
  { start: 0, length: 100 }, // name
  { start: 100, length: 8 }, // mode
  { start: 108, length: 8 }, // owner
  { start: 116, length: 8 }, // group
  { start: 124, length: 12 }, // size
  { start: 136, length: 12 }, // time of the last change
  { start: 156, length: 1 }, // type
  { start: 157, length: 100 }, // link target
  { start: 257, length: 8 }, // magic and version
  { start: 265, length: 32 }, // name of the owner
  { start: 297, length: 32 }, // name of the group
  { start: 329, length: 8 }, // device, major
  { start: 337, length: 8 }, // device, minor
  { start: 345, length: 155 }, // prefix of the name
  { start: 500, length: 12 }, // rest
] as const;

export const checksumField = { start: 148, length: 8 } as const;
const sizeField = { start: 124, length: 12 } as const;
const typeAt = 156;
const latin1 = new TextDecoder('latin1');

/** Returns the sum of all bytes of a header, with spaces in the place of the checksum. */
export function checksumOf(header: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < blockBytes; at++) sum += header[at] ?? 0;
  for (let at = checksumField.start; at < checksumField.start + checksumField.length; at++) {
    sum += 0x20 - (header[at] ?? 0);
  }
  return sum;
}

/** Writes the checksum as usual: six octal digits, NUL, space. */
export function writeChecksum(header: Uint8Array): void {
  let sum = checksumOf(header);
  for (let at = checksumField.start + 5; at >= checksumField.start; at--) {
    header[at] = 0x30 + (sum & 7);
    sum >>= 3;
  }
  header[checksumField.start + 6] = 0;
  header[checksumField.start + 7] = 0x20;
}

/** Returns the number in a field of octal digits, or of base 256 (GNU); undefined for anything else. */
export function numberIn(header: Uint8Array, start: number, length: number): number | undefined {
  if ((header[start] ?? 0) === 0x80) {
    let value = 0;
    for (let at = start + 1; at < start + length; at++) value = value * 256 + (header[at] ?? 0);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  let value = 0;
  let at = start;
  while (at < start + length && header[at] === 0x20) at++;
  for (; at < start + length; at++) {
    const digit = (header[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  return at === start + length || header[at] === 0 || header[at] === 0x20 ? value : undefined;
}

/** Tells whether a block is a header: not empty, with a checksum that is right. */
export function isHeader(block: Uint8Array): boolean {
  if (block.length !== blockBytes || block[0] === 0) return false;
  return numberIn(block, checksumField.start, checksumField.length) === checksumOf(block);
}

/** Returns the type of an entry as a character; NUL is an ordinary file too. */
export function typeOf(header: Uint8Array): string {
  const type = header[typeAt] ?? 0;
  return type === 0 ? '0' : String.fromCharCode(type);
}

/** Returns the bytes that follow a header; links, devices and folders have none, whatever their size field says. */
export function contentBytes(header: Uint8Array): number {
  const type = header[typeAt] ?? 0;
  if (type >= 0x31 && type <= 0x36) return 0;
  return numberIn(header, sizeField.start, sizeField.length) ?? 0;
}

/** Returns the zeros that fill the last block of content. */
export function paddingBytes(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

/** Returns the path in a header, one character a byte. */
export function pathIn(header: Uint8Array): string {
  const name = textIn(header, 0, 100);
  const isPosix = header[262] === 0;
  const prefix = isPosix ? textIn(header, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function textIn(header: Uint8Array, start: number, length: number): string {
  const end = header.subarray(start, start + length).indexOf(0);
  return latin1.decode(header.subarray(start, start + (end === -1 ? length : end)));
}
