import { createGunzip } from 'node:zlib';
import { mediaTypes } from '@bundle/format';
import { compressionOf } from './archive-entry.ts';
import { decompress, unzstd } from './unzstd.ts';

/**
 * Yields the uncompressed bytes of a layer, which is plain or compressed with gzip or zstd. A chunk of `stored` may be
 * reused once the next one is requested. Fails with a Node error if the compressed bytes are damaged.
 */
export async function* plainBytes(stored: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = stored[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true) return;
  const all = async function* (): AsyncGenerator<Buffer> {
    try {
      yield first.value;
      for (let next = await chunks.next(); next.done !== true; next = await chunks.next())
        yield next.value;
    } finally {
      await chunks.return?.();
    }
  };
  const compression = compressionOf(first.value);
  if (compression === mediaTypes.layerZstd) yield* unzstd(all());
  else if (compression === mediaTypes.layerGzip) yield* gunzip(all());
  else yield* all();
}

async function* gunzip(stored: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* decompress(createGunzip(), stored);
}
