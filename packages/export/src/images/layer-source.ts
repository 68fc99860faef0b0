import { FramePool, StreamHasher } from '@bundle/archive';
import type { ImageDocuments, ImageReading, ImageSource, SourceLayer } from '@bundle/engine';
import { type BundleDelta, BundleError, type Digest, type Platform } from '@bundle/format';
import type { Extent, KnownBlob } from '@bundle/store';
import type { LayerTap } from './layer-tap.ts';
import type { StoredAs, StoredLayer } from './saved-images.ts';
import { storeLayer } from './store-layer.ts';

/** A reference to ask the source for, with the image ID that the source gave. */
export interface WantedImage {
  readonly source: string;
  readonly id: Digest;
}

/**
 * Source of images whose layers come in the form stored in a bundle. `storedLayers` makes one from an image source, and
 * a cache can wrap it.
 */
export interface LayerSource {
  /** Opens images that share layers, so that each layer comes once. Several readings may be open at once. */
  open(images: readonly WantedImage[]): Promise<LayerReading>;
}

export interface LayerReading {
  /** Yields the layers in one pass; a layer that the caller does not store is skipped. */
  layers(onBytes: (count: number) => void): AsyncIterable<ComingLayer>;
  /** Takes the stored form of all layers, including omitted ones, and returns the documents of the images. */
  end(stored: ReadonlyMap<Digest, StoredLayer>): Promise<ImageDocuments>;
  close(): void;
}

/** A layer that can be copied in its stored form or as deltas, one that hosts have, or one that has to be read. */
export type ComingLayer =
  | {
      readonly arrived: Digest;
      readonly known: KnownLayer;
      readonly onHosts?: never;
      /** One for each group of hosts with the same old layers. */
      readonly deltas?: readonly LayerDelta[];
    }
  | { readonly arrived: Digest; readonly known?: never; readonly onHosts: StoredLayer }
  | {
      /** Digest of the bytes that the source sends, if known before they are read. */
      readonly arrived: Digest | undefined;
      readonly known?: never;
      readonly onHosts?: never;
      /** Reads the layer and passes on the bytes to store. */
      store(append: (chunk: Buffer) => Promise<void>): Promise<StoredAs>;
    };

export interface KnownLayer {
  readonly layer: StoredLayer;
  readonly from: KnownBlob['from'];
  /** Whether it comes from a cache, so that the source need not send it. */
  readonly isCached: boolean;
  /** Whether the source has sent its bytes, which are counted then. */
  readonly isSent?: boolean;
  /** Reports that the bytes do not match the digest. If this does not fail, the images must be opened again. */
  damaged(): Promise<void>;
}

/** The difference of a layer to old ones, in a file. `known` of the layer says how it is stored on the hosts. */
export interface LayerDelta {
  readonly blob: Digest;
  readonly from: Extent;
  /** Old layers by diff ID, with their uncompressed sizes in bytes. */
  readonly ancestors: BundleDelta['from'];
}

/**
 * Hashes the layers of a source and compresses plain ones in the same pass; others are stored as they come. `tap` looks
 * into the plain ones.
 */
export function storedLayers(
  source: ImageSource,
  platform: Platform | undefined,
  signal: AbortSignal,
  tap?: LayerTap,
): LayerSource & { close(): Promise<void> } {
  const pool = new FramePool();
  let hasher: StreamHasher | undefined;
  const toComing = (layer: SourceLayer): ComingLayer =>
    knownLayer(layer) ?? {
      arrived: layer.digest,
      store: (append) => {
        hasher ??= new StreamHasher();
        return storeLayer(layer, append, pool, hasher, tap);
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
      subject: 'stream' in from ? digest : from.file,
      expected: digest,
      found: 'other bytes',
      hint: 'The image layout is damaged: copy the image into it again.',
    });
  };
  // The order of fields in which a cache keeps a layer too: it is that in bundle.json.
  const layer = { digest, mediaType, size };
  return { arrived: digest, known: { layer, from, isCached: false, damaged } };
}
