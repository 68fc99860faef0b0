import { Header } from 'tar/header';

export const tarBlockBytes = 512;
/** Two zero blocks end an archive (POSIX.1-1988 ustar). */
export const tarEndBytes = 2 * tarBlockBytes;

/** Bytes that a file of `size` takes in an archive, header and padding included. */
export function tarEntryBytes(size: number): number {
  return tarBlockBytes + paddedSize(size);
}

export function paddedSize(size: number): number {
  return Math.ceil(size / tarBlockBytes) * tarBlockBytes;
}

/** A ustar header for a regular file: same owner, time and mode classes for everyone, so bytes repeat. */
export function tarFileHeader(
  path: string,
  size: number,
  executable: boolean,
  mtime: Date,
): Buffer {
  return encode({ path, size, mode: executable ? 0o755 : 0o644, mtime, type: 'File' });
}

/**
 * A PAX header with nothing but a comment, `bytes` long in all (a multiple of 512, at least 1024): the one
 * way that POSIX has to leave room in an archive. Every reader passes it over.
 */
export function tarPadding(bytes: number, mtime: Date): Buffer {
  const size = bytes - tarBlockBytes;
  const frame = `${size} comment=\n`.length;
  const record = `${size} comment=${' '.repeat(size - frame)}\n`;
  const header = encode({
    path: 'PaxHeader/padding',
    size,
    mode: 0o644,
    mtime,
    type: 'ExtendedHeader',
  });
  return Buffer.concat([header, Buffer.from(record, 'ascii')]);
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
