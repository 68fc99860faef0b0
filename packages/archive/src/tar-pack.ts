import { Readable } from 'node:stream';
import { paddedSize, tarEndBytes, tarFileHeader } from '@bundle/store';

/** A file in an archive that is made on the fly. */
export interface PackEntry {
  readonly path: string;
  readonly size: number;
  readonly content: Buffer | (() => AsyncIterable<Buffer>);
}

/** Entries of an archive. The next one is requested when the previous one has been read to its end. */
export type PackEntries = Iterable<PackEntry> | AsyncIterable<PackEntry>;

const epoch = new Date(0);

/**
 * Streams a tar archive. If an entry's content fails or does not have `size` bytes, the stream fails, so that the
 * reader never sees a complete archive.
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
    if (sent !== size) throw new Error(`${path} does not have the announced ${size} bytes`);
    yield Buffer.alloc(paddedSize(size) - size);
  }
  yield Buffer.alloc(tarEndBytes);
}
