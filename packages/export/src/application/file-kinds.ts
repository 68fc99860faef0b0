import { open } from 'node:fs/promises';
import { extname } from 'node:path';

/** Kind of a file, as far as it matters for packing. */
export interface FileKind {
  /** Whether an application wrote it: a database, a log, or an unknown binary file. */
  readonly isWritten: boolean;
  readonly isPrivateKey: boolean;
}

/** Names of files that applications write while they run. */
const writtenNames =
  /\.(?:db3?|sqlite3?|mdb|ldb|rdb|aof|wal|shm|log|pid|ibd|frm|myd|myi|tmp|swp)(?:-(?:wal|shm|journal))?$/i;

/**
 * Extensions of binary files that people put beside their configuration: programs, pictures, fonts, archives,
 * certificates.
 */
const placedNames = new Set(
  (
    '.7z .avif .bin .bmp .br .bz2 .cer .class .crt .der .dll .dylib .ear .eot .exe .gif .gz .ico .jar .jks .jpeg .jpg' +
    ' .key .keystore .mmdb .mo .mp3 .mp4 .node .ogg .otf .p12 .pdf .pfx .png .psd .pyc .rar .so .svgz .tar .tgz .tif .tiff .ttf' +
    ' .wasm .wav .webm .webp .woff .woff2 .war .whl .xlsx .docx .xz .zip .zst'
  ).split(' '),
);

/** Matches texts with a private key: PEM as written by OpenSSL, OpenSSH and PGP, PuTTY, and age; also inside JSON. */
const keyText =
  /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\\n|\s)|^PuTTY-User-Key-File-\d|AGE-SECRET-KEY-1[0-9A-Z]{20}/m;

/** Names of stores of keys and certificates (PKCS 12, Java), which nearly always contain a private key. */
const keyStores = /\.(?:p12|pfx|jks|keystore)$/i;

/** Number of bytes to read. A private key has a few kB; in a larger file it is at the beginning. */
const headBytes = 256 * 1024;

/** Reads the beginning of a file and tells its kind. */
export async function kindOfFile(file: string): Promise<FileKind> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.min(size, headBytes)));
    return kindOf(file, buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

/** Tells the kind of a file from its path and its beginning. */
export function kindOf(file: string, head: Buffer): FileKind {
  const isDatabase = head.subarray(0, 16).toString('latin1') === 'SQLite format 3\0';
  // Same test as in git and grep.
  const isBinary = head.subarray(0, 8192).includes(0);
  const isProgram = head.subarray(0, 4).toString('latin1') === '\x7fELF';
  const isPlaced = isProgram || placedNames.has(extname(file).toLowerCase());
  const isWritten = isDatabase || writtenNames.test(file) || (isBinary && !isPlaced);
  const isDerKey = isBinary && extname(file).toLowerCase() === '.key';
  const isPrivateKey =
    keyStores.test(file) || isDerKey || (!isBinary && keyText.test(head.toString('latin1')));
  return { isWritten, isPrivateKey };
}
