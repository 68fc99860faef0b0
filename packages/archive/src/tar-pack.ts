import { Readable } from 'node:stream';
import { paddedSize, tarEndBytes, tarFileHeader } from '@bundle/store';

/** A file of an archive that is made on the fly. */
export interface PackEntry {
  readonly path: string;
  readonly size: number;
  readonly content: Buffer | (() => AsyncIterable<Buffer>);
}

/** The next one is asked for when the one before was read to its end. */
export type PackEntries = Iterable<PackEntry> | AsyncIterable<PackEntry>;

const epoch = new Date(0);

/**
 * A tar archive as a stream. An entry whose content fails, or has not `size` bytes, fails the stream,
 * so that the reader at the other end never sees a complete archive.
 */
export function packTar(entries: PackEntries, onBytes: (count: number) => void): Readable {
  return Readable.from(pack(entries, onBytes), { objectMode: false });
}

async function* pack(
  entries: PackEntries,
  onBytes: (count: number) => void,
): AsyncGenerator<Buffer> {
  for await (const { path, size, content } of entries) {
    yield tarFileHeader(path, size, false, epoch);
    let sent = 0;
    for await (const chunk of Buffer.isBuffer(content) ? [content] : content()) {
      sent += chunk.length;
      if (sent > size) break;
      onBytes(chunk.length);
      yield chunk;
    }
    if (sent !== size) throw new Error(`${path} has not the ${size} bytes announced`);
    yield Buffer.alloc(paddedSize(size) - size);
  }
  yield Buffer.alloc(tarEndBytes);
}
