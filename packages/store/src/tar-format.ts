import { Header } from 'tar/header';

export const tarBlockBytes = 512;
/** Two zero blocks end an archive (POSIX.1-1988 ustar). */
export const tarEndBytes = 2 * tarBlockBytes;

/** Returns the bytes that a file of `size` takes in an archive, including header and padding. */
export function tarEntryBytes(size: number): number {
  return tarBlockBytes + paddedSize(size);
}

export function paddedSize(size: number): number {
  return Math.ceil(size / tarBlockBytes) * tarBlockBytes;
}

/** Makes a ustar header for a regular file. Owner, time and modes are fixed, so that the bytes are reproducible. */
export function tarFileHeader(
  path: string,
  size: number,
  executable: boolean,
  mtime: Date,
): Buffer {
  return encode({ path, size, mode: executable ? 0o755 : 0o644, mtime, type: 'File' });
}

/**
 * Makes a PAX header with only a comment, `bytes` long in total (a multiple of 512, at least 1024): the only way in
 * POSIX to leave free space in an archive. Every reader skips it.
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
