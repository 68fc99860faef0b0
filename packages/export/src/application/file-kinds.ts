import { open } from 'node:fs/promises';
import { extname } from 'node:path';

/** What a file is, as far as packing has to know. */
export interface FileKind {
  /** An application wrote it: a database, a log, or something binary of no known kind. */
  readonly isWritten: boolean;
  readonly isPrivateKey: boolean;
}

/** Files that applications write while they run. */
const writtenNames =
  /\.(?:db3?|sqlite3?|mdb|ldb|rdb|aof|wal|shm|log|pid|ibd|frm|myd|myi|tmp|swp)(?:-(?:wal|shm|journal))?$/i;

/** Binary files that people put beside their configuration: programs, pictures, fonts, archives, certificates. */
const placedNames = new Set(
  (
    '.7z .avif .bin .bmp .br .bz2 .cer .class .crt .der .dll .dylib .ear .eot .exe .gif .gz .ico .jar .jks .jpeg .jpg' +
    ' .key .keystore .mmdb .mo .mp3 .mp4 .node .ogg .otf .p12 .pdf .pfx .png .psd .pyc .rar .so .svgz .tar .tgz .tif .tiff .ttf' +
    ' .wasm .wav .webm .webp .woff .woff2 .war .whl .xlsx .docx .xz .zip .zst'
  ).split(' '),
);

/** Texts that hold a private key: PEM as OpenSSL, OpenSSH and PGP write it, PuTTY, and age; also inside JSON. */
const keyText =
  /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\\n|\s)|^PuTTY-User-Key-File-\d|AGE-SECRET-KEY-1[0-9A-Z]{20}/m;

/** Stores of keys and certificates (PKCS 12, Java): nearly always with a private key. */
const keyStores = /\.(?:p12|pfx|jks|keystore)$/i;

/** A private key has some kB; one in a larger file is at its beginning or in none. */
const headBytes = 256 * 1024;

/** Looks at the beginning of a file. */
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

/** Tells what a file is from its path and its beginning. */
export function kindOf(file: string, head: Buffer): FileKind {
  const isDatabase = head.subarray(0, 16).toString('latin1') === 'SQLite format 3\0';
  // As git and grep tell.
  const isBinary = head.subarray(0, 8192).includes(0);
  const isProgram = head.subarray(0, 4).toString('latin1') === '\x7fELF';
  const isPlaced = isProgram || placedNames.has(extname(file).toLowerCase());
  const isWritten = isDatabase || writtenNames.test(file) || (isBinary && !isPlaced);
  const isDerKey = isBinary && extname(file).toLowerCase() === '.key';
  const isPrivateKey =
    keyStores.test(file) || isDerKey || (!isBinary && keyText.test(head.toString('latin1')));
  return { isWritten, isPrivateKey };
}
