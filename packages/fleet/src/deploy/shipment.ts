import { checksumsText, hexOf, paths } from '@bundle/format';
import {
  type Extent,
  paddedSize,
  requireEntry,
  sliceExtent,
  streamExtent,
  streamVerified,
  tarEndBytes,
  tarFileHeader,
} from '@bundle/store';
import { joinSignatures, type OpenedBundle } from '@bundle/verify';

/** A file on its way to a host: its headers, then its bytes. */
interface Piece {
  readonly header: Buffer;
  readonly size: number;
  /** Streams the content from a byte on. */
  readonly content: (from: number) => AsyncIterable<Buffer> | Iterable<Buffer>;
}

/** The bytes that one host gets: a single file of the bundle without what the host has. */
export interface Shipment {
  readonly bytes: number;
  /** Streams it from a byte on: a host keeps what had arrived when a connection was lost. */
  readonly from: (offset: number) => AsyncGenerator<Buffer>;
}

/** Plans what to send of a bundle to a host that has the files of `held`. The same plan gives the same bytes. */
export function planShipment(opened: OpenedBundle, held: ReadonlySet<string>): Shipment {
  const { source, manifest, digest, bytes, signatures, sigstore } = opened;
  const mtime = new Date(manifest.created);
  const piece = (path: string, size: number, executable: boolean, content: Piece['content']) => ({
    header: tarFileHeader(path, size, executable, mtime),
    size,
    content,
  });
  const own: readonly (readonly [path: string, content: Buffer])[] = [
    [paths.manifest, bytes],
    [paths.checksums, Buffer.from(checksumsText(manifest.files, hexOf(digest)))],
    [paths.signature, Buffer.from(joinSignatures('signatures', signatures), 'latin1')],
    [paths.sigstore, Buffer.from(joinSignatures('sigstore', sigstore), 'latin1')],
  ];
  const pieces: Piece[] = [
    ...own
      .filter(([, content]) => content.length > 0)
      .map(([path, content]) =>
        piece(path, content.length, false, (from) => [content.subarray(from)]),
      ),
    ...manifest.files
      .filter(({ path }) => !held.has(path))
      .map(({ path, size, sha256, executable }) => {
        const extent = requireEntry(source, path);
        return piece(path, size, executable === true, (from) =>
          contentOf(extent, sha256, path, from),
        );
      }),
  ];
  const total = pieces.reduce((sum, one) => sum + bytesOf(one), tarEndBytes);
  return { bytes: total, from: (offset) => withoutEmpty(streamFrom(pieces, offset)) };
}

function bytesOf({ header, size }: Piece): number {
  return header.length + paddedSize(size);
}

/** Where a file was begun before, its host checks the whole of it. */
function contentOf(extent: Extent, sha256: string, path: string, from: number) {
  if (from === 0) return streamVerified(extent, sha256, path);
  return streamExtent(sliceExtent(extent, from, extent.size - from), path);
}

/** An empty chunk means the end to some streams. */
async function* withoutEmpty(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) if (chunk.length > 0) yield chunk;
}

async function* streamFrom(pieces: readonly Piece[], offset: number): AsyncGenerator<Buffer> {
  let start = 0;
  for (const one of pieces) {
    const skip = Math.max(0, offset - start);
    start += bytesOf(one);
    if (offset >= start) continue;
    yield* streamPiece(one, skip);
  }
  yield Buffer.alloc(tarEndBytes).subarray(Math.max(0, offset - start));
}

async function* streamPiece(
  { header, size, content }: Piece,
  skip: number,
): AsyncGenerator<Buffer> {
  if (skip < header.length) yield header.subarray(skip);
  const from = Math.max(0, skip - header.length);
  if (from < size) yield* content(from);
  yield Buffer.alloc(paddedSize(size) - size).subarray(Math.max(0, from - size));
}
