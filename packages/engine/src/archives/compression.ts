import { createReadStream } from 'node:fs';
import { plainBytes } from '@bundle/archive';
import { BundleError, shellWord } from '@bundle/format';

/** How a file is compressed. */
export type Compression = 'gzip' | 'zstd' | 'xz' | 'bzip2' | 'lz4';

/** First bytes of compressed files: RFC 1952, RFC 8878, and the specifications of xz, bzip2 and LZ4. */
const magic: readonly (readonly [Compression, string])[] = [
  ['gzip', '1f8b'],
  ['zstd', '28b52ffd'],
  ['xz', 'fd377a585a00'],
  ['bzip2', '425a68'],
  ['lz4', '04224d18'],
];

/** Commands that unpack what this program does not read. */
const unpackers: Readonly<Partial<Record<Compression, string>>> = {
  bzip2: 'bunzip2 -k',
  lz4: 'lz4 -d',
};

const readBytes = 1024 * 1024;

/** Tells from its first bytes how a file is compressed; undefined if it is not. */
export function compressionOfFile(head: Buffer): Compression | undefined {
  const hex = head.toString('hex', 0, 6);
  return magic.find(([, first]) => hex.startsWith(first))?.[0];
}

/** Streams the uncompressed bytes of a file. Fails with `input-unreadable` for a compression that is not read. */
export function uncompressed(file: string, compression: Compression): AsyncIterable<Buffer> {
  const unpack = unpackers[compression];
  if (unpack !== undefined) {
    throw new BundleError('input-unreadable', {
      operation: 'reading the image archive',
      subject: file,
      expected: 'a tar file, plain or compressed with gzip, zstd or xz',
      found: `a file compressed with ${compression}`,
      hint: `Unpack it first: \`${unpack} ${shellWord(file)}\`.`,
    });
  }
  const stored = createReadStream(file, { highWaterMark: readBytes });
  return compression === 'xz' ? unxz(stored) : plainBytes(stored);
}

async function* unxz(stored: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  // Loaded here: few archives are compressed with xz.
  const { unxzBytes } = await import('./unxz.ts');
  yield* unxzBytes(stored);
}
