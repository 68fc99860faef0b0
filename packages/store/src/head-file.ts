import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { BundleError } from '@bundle/format';

const readBufferBytes = 1024 * 1024;

/** A file of the bundle other than a blob. */
export interface HeadFile {
  readonly path: string;
  /** Small files are held in memory; large ones are streamed when they are written. */
  readonly bytes: Buffer | StreamedBytes;
  readonly executable: boolean;
}

/** Bytes of known length and digest that are read only when needed: a large file, or an archive made on the fly. */
export interface StreamedBytes {
  readonly length: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  /** Opens the bytes; they must be the same on every call. */
  open(): AsyncIterable<Buffer>;
}

/** Reads the bytes once, so that length and digest can be listed before they are written. */
export async function measureBytes(open: StreamedBytes['open']): Promise<StreamedBytes> {
  const hash = createHash('sha256');
  let length = 0;
  for await (const chunk of open()) {
    hash.update(chunk);
    length += chunk.length;
  }
  return { length, sha256: hash.digest('hex'), open };
}

/** Measures a file on disk, to be read in pieces later. */
export function fileBytes(path: string): Promise<StreamedBytes> {
  return measureBytes(() => createReadStream(path, { highWaterMark: readBufferBytes }));
}

export function sha256Of({ bytes }: HeadFile): string {
  return Buffer.isBuffer(bytes) ? createHash('sha256').update(bytes).digest('hex') : bytes.sha256;
}

/**
 * Streams the bytes of a file in order. If they differ from those measured, fails with `input-unreadable` at the end at
 * the latest.
 */
export async function* readHeadFile({ path, bytes }: HeadFile): AsyncGenerator<Buffer> {
  if (Buffer.isBuffer(bytes)) {
    yield bytes;
    return;
  }
  const hash = createHash('sha256');
  let left = bytes.length;
  for await (const chunk of bytes.open()) {
    left -= chunk.length;
    if (left < 0) break;
    hash.update(chunk);
    yield chunk;
  }
  if (left === 0 && hash.digest('hex') === bytes.sha256) return;
  throw new BundleError('input-unreadable', {
    operation: 'packing',
    subject: path,
    expected: 'the same bytes as when it was first read',
    found: 'others',
    hint: 'The file changed while it was being packed: run the command again when nothing is writing to it.',
  });
}
