import type { Digest } from '@bundle/format';
import type { ComingLayer, KnownLayer, LayerReading, LayerSource } from '../layer-source.ts';
import type { StoredLayer } from '../saved-images.ts';
import type { LayerCache, ReadImages } from './layer-cache.ts';

export interface CacheRules {
  /** Everything besides the images that determines what the source sends, and in which order. */
  readonly identity: readonly unknown[];
  /** Whether the bytes of a layer are needed. */
  readonly needs: (arrived: Digest) => boolean;
}

/**
 * Puts a cache in front of a source: images read before are not requested again, known layers of other images are not
 * stored again, and newly stored layers are kept.
 */
export function cachedLayers(
  source: LayerSource,
  cache: LayerCache,
  { identity, needs }: CacheRules,
): LayerSource {
  /** Damaged blobs, including those that could not be deleted. */
  const forgotten = new Set<Digest>();
  const known = (layer: StoredLayer): KnownLayer => ({
    layer,
    from: cache.place(layer),
    isCached: true,
    damaged: async () => {
      forgotten.add(layer.digest);
      await cache.forgetBlob(layer);
    },
  });
  const isHere = async (layer: StoredLayer): Promise<boolean> =>
    !forgotten.has(layer.digest) && (await cache.has(layer));
  const isWhole = async ({ layers }: ReadImages): Promise<boolean> => {
    for (const [arrived, layer] of layers) {
      if (needs(arrived) && !(await isHere(layer))) return false;
    }
    return true;
  };
  const looked = async (layer: ComingLayer): Promise<ComingLayer> => {
    const { arrived } = layer;
    if (layer.onHosts !== undefined) return layer;
    // A file need not be kept a second time.
    if (layer.known !== undefined && !('stream' in layer.known.from)) return layer;
    const found = arrived && needs(arrived) ? await cache.layer(arrived) : undefined;
    if (arrived !== undefined && found !== undefined && (await isHere(found)))
      return { arrived, known: known(found) };
    if (layer.known !== undefined) return keptOnTheWay(cache, layer.known, layer.arrived);
    return {
      arrived,
      store: async (append) => {
        const kept = await cache.begin();
        const toBoth = async (chunk: Buffer): Promise<void> => {
          await Promise.all([append(chunk), kept.append(chunk)]);
        };
        try {
          const stored = await layer.store(toBoth);
          await kept.end(stored.arrived, stored.layer);
          return stored;
        } catch (error) {
          await kept.drop();
          throw error;
        }
      },
    };
  };

  return {
    async open(images) {
      const key = JSON.stringify([...identity, images.map(({ source, id }) => [source, id])]);
      const read = await cache.images(key);
      if (read !== undefined && (await isWhole(read))) return replay(read, known);
      const reading = await source.open(images);
      return {
        async *layers(onBytes) {
          for await (const layer of reading.layers(onBytes)) yield looked(layer);
        },
        async end(layers) {
          const documents = await reading.end(layers);
          await cache.keepImages(key, { layers, documents });
          return documents;
        },
        close: () => reading.close(),
      };
    },
  };
}

/** Keeps a layer while it is streamed into the bundle. */
function keptOnTheWay(cache: LayerCache, known: KnownLayer, arrived: Digest): ComingLayer {
  const { from, layer } = known;
  if (!('stream' in from)) return { arrived, known };
  async function* kept(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const writer = await cache.begin();
    try {
      for await (const chunk of chunks) {
        await writer.append(chunk);
        yield chunk;
      }
      await writer.end(arrived, layer);
    } finally {
      await writer.drop();
    }
  }
  return { arrived, known: { ...known, from: { stream: () => kept(from.stream()) } } };
}

/** Replays what a source sent before. */
function replay(read: ReadImages, known: (layer: StoredLayer) => KnownLayer): LayerReading {
  return {
    async *layers() {
      for (const [arrived, layer] of read.layers) yield { arrived, known: known(layer) };
    },
    end: async () => read.documents,
    close: () => undefined,
  };
}
