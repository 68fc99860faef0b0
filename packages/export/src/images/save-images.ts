import type { Engine } from '@bundle/engine';
import type { Digest, OnProgress, Platform } from '@bundle/format';
import type { BundleWriter, Extent } from '@bundle/store';
import { cachedLayers } from './cache/cached-layers.ts';
import type { LayerCache } from './cache/layer-cache.ts';
import { type LayerSource, storedLayers, type WantedImage } from './layer-source.ts';
import type { LayerTap } from './layer-tap.ts';
import type { Omission } from './omission.ts';
import type { PresentImage } from './packed-image.ts';
import type { SavedImages } from './saved-images.ts';
import { writeLayers } from './write-layers.ts';

export interface SaveOptions {
  /** Default: all platforms that the engine has. */
  readonly platform: Platform | undefined;
  readonly omission: Omission;
  /** Cache of known layers; absent: every layer is requested from the engine and compressed. */
  readonly cache: LayerCache | undefined;
  /** Turns layers into deltas; absent: all are carried whole. */
  readonly deltas: ((source: LayerSource) => LayerSource) | undefined;
  /** Looks into plain layers on their way; absent: nobody does. */
  readonly tap?: LayerTap | undefined;
  /** Takes where the bytes of a known layer are, by its stored digest. */
  readonly onPlace?: ((digest: Digest, place: Extent) => void) | undefined;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** Reads images from the engine, or known ones from the cache, and writes their layers into a bundle. */
export async function saveImages(
  engine: Engine,
  images: readonly PresentImage[],
  writer: BundleWriter,
  { platform, omission, cache, deltas, tap, onPlace, onProgress, signal }: SaveOptions,
): Promise<SavedImages> {
  const { version, store } = await engine.info();
  const stored = storedLayers(engine, platform, signal, tap);
  const whole =
    cache === undefined
      ? stored
      : cachedLayers(stored, cache, {
          identity: [version, store, platform],
          needs: (arrived) => !omission.omits(arrived),
        });
  const placed = onPlace === undefined ? whole : withPlaces(whole, onPlace);
  const source = deltas?.(placed) ?? placed;
  const expectedBytes = estimateBytes(images);
  const options = { omission, expectedBytes, onProgress, signal };
  try {
    return await writeLayers(source, groupByBase(images), writer, options);
  } finally {
    await stored.close();
  }
}

/** Reports where layers are that come from a file. */
function withPlaces(
  source: LayerSource,
  onPlace: (digest: Digest, place: Extent) => void,
): LayerSource {
  return {
    async open(images) {
      const reading = await source.open(images);
      return {
        async *layers(onBytes) {
          for await (const layer of reading.layers(onBytes)) {
            const { known } = layer;
            if (known !== undefined && !('stream' in known.from)) {
              onPlace(known.layer.digest, known.from);
            }
            yield layer;
          }
        },
        end: (stored) => reading.end(stored),
        close: () => reading.close(),
      };
    },
  };
}

/** Groups images that share layers, to request each layer once. */
function groupByBase(images: readonly PresentImage[]): WantedImage[][] {
  const groups = new Map<string, WantedImage[]>();
  for (const { planned, onEngine } of images) {
    const base = onEngine.diffIds[0] ?? planned.source;
    const image = { source: planned.source, id: onEngine.id };
    groups.set(base, [...(groups.get(base) ?? []), image]);
  }
  return [...groups.values()];
}

/**
 * Estimates the bytes to read. The sizes of layers are not known, so of images that share layers only the largest
 * counts.
 */
function estimateBytes(images: readonly PresentImage[]): number {
  const byBase = new Map<string, number>();
  for (const { onEngine } of images) {
    const base = onEngine.diffIds[0] ?? '';
    byBase.set(base, Math.max(byBase.get(base) ?? 0, onEngine.size));
  }
  return [...byBase.values()].reduce((sum, size) => sum + size, 0);
}
