import { FramePool, StreamHasher } from '@bundle/archive';
import type { ImageDocuments, ImageReading, ImageSource, SourceLayer } from '@bundle/engine';
import { BundleError, type Digest, type Platform } from '@bundle/format';
import type { KnownBlob } from '@bundle/store';
import type { StoredAs, StoredLayer } from './saved-images.ts';
import { storeLayer } from './store-layer.ts';

/** An image by what its source is asked for, and the ID that the source gave it. */
export interface WantedImage {
  readonly source: string;
  readonly id: Digest;
}

/** Images with their layers in the form in which a bundle stores them. `storedLayers` makes it of a source; a cache decorates it. */
export interface LayerSource {
  /** Images that share layers, so that each of these comes once. Several readings may be begun at once. */
  open(images: readonly WantedImage[]): Promise<LayerReading>;
}

export interface LayerReading {
  /** In one pass; a layer that is not stored is passed over. */
  layers(onBytes: (count: number) => void): AsyncIterable<ComingLayer>;
  /** Says how all layers are stored, those included that were left out, and gives what the images are besides. */
  end(stored: ReadonlyMap<Digest, StoredLayer>): Promise<ImageDocuments>;
  close(): void;
}

/** A layer that can be copied as it is stored, or one that has to be read. */
export type ComingLayer =
  | { readonly arrived: Digest; readonly known: KnownLayer }
  | {
      /** Digest of the bytes that the source sends, where it is known before they are read. */
      readonly arrived: Digest | undefined;
      readonly known?: never;
      /** Reads the layer, and hands on the bytes that are stored. */
      store(append: (chunk: Buffer) => Promise<void>): Promise<StoredAs>;
    };

export interface KnownLayer {
  readonly layer: StoredLayer;
  readonly from: KnownBlob['from'];
  /** Whether it comes from a cache, so that the source sends nothing. */
  readonly isCached: boolean;
  /** Its bytes turned out to be others: when this does not fail, the images are to be opened again. */
  damaged(): Promise<void>;
}

/** Hashes the layers of a source and compresses plain ones on the way; others are stored as they come. */
export function storedLayers(
  source: ImageSource,
  platform: Platform | undefined,
  signal: AbortSignal,
): LayerSource & { close(): Promise<void> } {
  const pool = new FramePool();
  let hasher: StreamHasher | undefined;
  const toComing = (layer: SourceLayer): ComingLayer =>
    knownLayer(layer) ?? {
      arrived: layer.digest,
      store: (append) => {
        hasher ??= new StreamHasher();
        return storeLayer(layer, append, pool, hasher);
      },
    };
  return {
    async open(images) {
      const references = images.map((image) => image.source);
      const reading: ImageReading = await source.openImages(references, platform, signal);
      return {
        async *layers(onBytes) {
          for await (const layer of reading.layers({ pool, onBytes })) yield toComing(layer);
        },
        end: async () => reading.documents(),
        close: () => reading.close(),
      };
    },
    close: async () => hasher?.close(),
  };
}

function knownLayer({ digest, size, stored }: SourceLayer): ComingLayer | undefined {
  if (digest === undefined || stored === undefined) return undefined;
  const { from, mediaType } = stored;
  const damaged = async (): Promise<never> => {
    throw new BundleError('digest-mismatch', {
      operation: 'reading the layer',
      subject: from.file,
      expected: digest,
      found: 'other bytes',
      hint: 'The folder that images are read from is damaged: copy the image into it again.',
    });
  };
  const layer = { digest, size, mediaType };
  return { arrived: digest, known: { layer, from, isCached: false, damaged } };
}
