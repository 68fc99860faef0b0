import { open } from 'node:fs/promises';
import { compressionOf, type FramePool } from '@bundle/archive';
import { readError, withFile } from '@bundle/files';
import { type Extent, readAt, sizeMismatch } from '@bundle/store';
import type { ReadOptions, SourceLayer } from '../image-source.ts';
import type { LayerFile } from './layer-file.ts';

/** Yields layers that can be read where they are; compressed ones can be copied unchanged. */
export async function* layersInPlace(
  files: readonly LayerFile[],
  extentOf: (path: string) => Promise<Extent | undefined>,
  options: ReadOptions,
): AsyncGenerator<SourceLayer> {
  for (const { digest, path } of files) {
    const from = await extentOf(path);
    if (from !== undefined) yield await toLayer(digest, from, options);
  }
}

async function toLayer(
  digest: LayerFile['digest'],
  from: Extent,
  { pool, onBytes }: ReadOptions,
): Promise<SourceLayer> {
  const mediaType = compressionOf(await firstBytes(from));
  return {
    digest,
    size: from.size,
    frames: () => framesIn(from, pool, onBytes),
    ...(mediaType === undefined ? {} : { stored: { from, mediaType } }),
  };
}

function firstBytes({ file, offset, size }: Extent): Promise<Buffer> {
  return withFile(file, 'r', (handle) => readAt(handle, offset, Math.min(512, size)));
}

/** Reads frames straight into buffers of the pool: a stream would allocate each piece, and copy it once more. */
async function* framesIn(
  { file, offset, size }: Extent,
  pool: FramePool,
  onBytes: ReadOptions['onBytes'],
): AsyncGenerator<Buffer> {
  const handle = await open(file, 'r');
  try {
    for (let done = 0; done < size; ) {
      const frame = pool.take();
      const wanted = Math.min(frame.length, size - done);
      let filled = 0;
      while (filled < wanted) {
        const place = offset + done + filled;
        const { bytesRead } = await handle.read(frame, filled, wanted - filled, place);
        if (bytesRead === 0) throw sizeMismatch(file, size, done + filled);
        filled += bytesRead;
      }
      onBytes(filled);
      done += filled;
      yield frame.subarray(0, filled);
    }
  } catch (error) {
    throw readError(error, file, true);
  } finally {
    await handle.close();
  }
}
