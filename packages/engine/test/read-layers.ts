import { createHash } from 'node:crypto';
import { FramePool } from '@bundle/archive';
import { type Digest, digestOfHex } from '@bundle/format';
import type { Engine } from '../src/engine.ts';
import type { ImageDocuments } from '../src/image-source.ts';

export interface ReadImages extends ImageDocuments {
  /** Digests of the bytes of all layers, in the order of arrival. */
  readonly layers: readonly Digest[];
  /** Digests as the source declared them. */
  readonly named: readonly (Digest | undefined)[];
  readonly bytes: number;
}

/** Reads all layers and documents of images. */
export async function readImages(
  engine: Engine,
  references: readonly string[],
  signal: AbortSignal,
): Promise<ReadImages> {
  const pool = new FramePool();
  const layers: Digest[] = [];
  const named: (Digest | undefined)[] = [];
  let bytes = 0;
  const onBytes = (count: number): void => {
    bytes += count;
  };
  const reading = await engine.openImages(references, undefined, signal);
  try {
    for await (const layer of reading.layers({ pool, onBytes })) {
      const hash = createHash('sha256');
      for await (const frame of layer.frames()) {
        hash.update(frame);
        pool.give(Buffer.from(frame.buffer));
      }
      layers.push(digestOfHex(hash.digest('hex')));
      named.push(layer.digest);
    }
    return { layers, named, bytes, ...reading.documents() };
  } finally {
    reading.close();
  }
}
