import { framesOf } from '@bundle/archive';
import type { RegistryClient } from '@bundle/distribution';
import type { Descriptor, Digest } from '@bundle/format';
import type { ImageReading, ReadOptions, SourceLayer } from '../image-source.ts';
import type { RegistryImage } from './registry-image.ts';

/** Reads images of registries. Layers that are compressed there can be copied unchanged. */
export function readRegistryImages(
  client: RegistryClient,
  images: readonly RegistryImage[],
  signal: AbortSignal,
): ImageReading {
  const blobs = new Map(images.flatMap(({ documents }) => [...documents]));
  return {
    async *layers(options) {
      const seen = new Set<Digest>();
      for (const image of images) {
        for (const layer of image.layers) {
          if (seen.has(layer.digest)) continue;
          seen.add(layer.digest);
          yield toLayer(client, image, layer, options, signal);
        }
      }
    },
    documents: () => ({ blobs, configs: new Map() }),
    close: () => undefined,
  };
}

function toLayer(
  client: RegistryClient,
  { registry, repository }: RegistryImage,
  { digest, size, mediaType }: Descriptor,
  { pool, onBytes }: ReadOptions,
  signal: AbortSignal,
): SourceLayer {
  const stream = (): AsyncGenerator<Buffer> =>
    client.blob(registry, repository, { digest, size }, signal);
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of stream()) {
      onBytes(chunk.length);
      yield chunk;
    }
  }
  const path = `${registry}/${repository}@${digest}`;
  const isCompressed = /(?:\+|\.)(?:gzip|zstd)$/.test(mediaType);
  return {
    digest,
    size,
    frames: () => framesOf({ path, size, [Symbol.asyncIterator]: counted }, pool),
    ...(isCompressed ? { stored: { from: { stream }, mediaType } } : {}),
  };
}
