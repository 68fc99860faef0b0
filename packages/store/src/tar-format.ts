import { Header } from 'tar/header';

export const tarBlockBytes = 512;
/** Two zero blocks end an archive (POSIX.1-1988 ustar). */
export const tarEndBytes = 2 * tarBlockBytes;
/** Most bytes of data that padding has (docs/bundle-format.md §3.7). */
export const maxPaddingBytes = 16 * 1024 * 1024;

/** Returns the bytes that a file of `size` takes in an archive, including headers and padding. */
export function tarEntryBytes(path: string, size: number): number {
  const recordBytes = needsRecord(path) ? tarBlockBytes + paddedSize(pathRecord(path).length) : 0;
  return recordBytes + tarBlockBytes + paddedSize(size);
}

export function paddedSize(size: number): number {
  return Math.ceil(size / tarBlockBytes) * tarBlockBytes;
}

/**
 * Makes the headers for a regular file. Owner, time and modes are fixed, so that the bytes are reproducible. A path that a
 * ustar header cannot hold, or that not every reader would decode alike, is in a PAX record before it.
 */
export function tarFileHeader(
  path: string,
  size: number,
  executable: boolean,
  mtime: Date,
): Buffer {
  const mode = executable ? 0o755 : 0o644;
  const header = encode({ path: ustarPath(path), size, mode, mtime, type: 'File' });
  if (!needsRecord(path)) return header;
  const record = pathRecord(path);
  const extension = extendedHeader('PaxHeader/path', record.length, mtime);
  const fill = Buffer.alloc(paddedSize(record.length) - record.length);
  return Buffer.concat([extension, record, fill, header]);
}

/**
 * Tells whether a path is in a PAX record (docs/bundle-format.md §3.2): the fields of a header are too small for it, or a
 * reader might take their bytes for text in the encoding of its host.
 */
export function needsRecord(path: string): boolean {
  return ustarPath(path) !== path || !/^[\x20-\x7e]*$/.test(path);
}

/** Path that the header's own fields have: for programs that pass PAX records over, where it fits. */
export function ustarPath(path: string): string {
  const bytes = Buffer.from(path);
  if (bytes.length < nameBytes) return path;
  for (let cut = bytes.lastIndexOf('/'); cut > 0; cut = bytes.lastIndexOf('/', cut - 1)) {
    if (cut <= prefixBytes) return bytes.length - cut - 1 <= nameBytes ? path : tooLongName;
  }
  return tooLongName;
}

const nameBytes = 100;
const prefixBytes = 155;
const tooLongName = 'long-name';

/** `LENGTH path=PATH` and a line feed, where LENGTH counts all of it (POSIX.1-2001, pax Extended Header). */
function pathRecord(path: string): Buffer {
  const rest = ` path=${path}\n`;
  const restBytes = Buffer.byteLength(rest);
  let length = restBytes;
  while (length !== restBytes + String(length).length) length = restBytes + String(length).length;
  return Buffer.from(`${length}${rest}`);
}

/** Path in a PAX extended header that has exactly one record, for a path; undefined for any other. */
export function pathOfRecord(record: Buffer): string | undefined {
  const start = `${record.length} path=`;
  if (record.toString('latin1', 0, start.length) !== start) return undefined;
  const path = record.toString('utf8', start.length, record.length - 1);
  // The same bytes again: the line feed is the last one, and all are UTF-8.
  return pathRecord(path).equals(record) ? path : undefined;
}

/**
 * Makes a PAX header with only a comment, `bytes` long in total (a multiple of 512, at least 1024): the only way in
 * POSIX to leave free space in an archive. Every reader skips it.
 */
export function tarPadding(bytes: number, mtime: Date): Buffer {
  const size = bytes - tarBlockBytes;
  const frame = `${size} comment=\n`.length;
  const record = `${size} comment=${' '.repeat(size - frame)}\n`;
  const header = extendedHeader('PaxHeader/padding', size, mtime);
  return Buffer.concat([header, Buffer.from(record, 'ascii')]);
}

function extendedHeader(path: string, size: number, mtime: Date): Buffer {
  return encode({ path, size, mode: 0o644, mtime, type: 'ExtendedHeader' });
}

function encode(fields: {
  path: string;
  size: number;
  mode: number;
  mtime: Date;
  type: 'File' | 'ExtendedHeader';
}): Buffer {
  const header = new Header({ ...fields, uid: 0, gid: 0, uname: '', gname: '' });
  const block = Buffer.alloc(tarBlockBytes);
  header.encode(block, 0);
  return block;
}
