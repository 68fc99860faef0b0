import type { BundleDelta, Digest } from '@bundle/format';

/** A layer in the form stored in a bundle. */
export interface StoredLayer {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  /** Set when this program compressed it. */
  readonly unpackedSize?: number | undefined;
}

/** A layer with the digest of the bytes that its source sent. */
export interface StoredAs {
  readonly arrived: Digest;
  readonly layer: StoredLayer;
}

/** What a source sent of images. */
export interface SentImages {
  /** By the digest of the bytes that the source sent. */
  readonly layers: ReadonlyMap<Digest, StoredLayer>;
  /** Image indexes, image manifests, configs and attestations: small, so they are kept. */
  readonly documents: ReadonlyMap<Digest, Buffer>;
  /** Config of an image by reference, if the source reports it separately from its documents. */
  readonly configs: ReadonlyMap<string, Digest>;
}

/** Images that were read from their source and written into a bundle. */
export interface SavedImages extends SentImages {
  /** Stored digests of the layers left out of the bundle. */
  readonly omitted: ReadonlySet<Digest>;
  /** Deltas in place of layers, by the stored digests of the layers. */
  readonly deltas: ReadonlyMap<Digest, readonly BundleDelta[]>;
  /** Stored digests of the layers taken from the cache. */
  readonly reused: ReadonlySet<Digest>;
  /** Number of bytes sent by the source. */
  readonly bytes: number;
}

/** Combines what several readings saved. */
export function together(saved: readonly SavedImages[]): SavedImages {
  return {
    layers: new Map(saved.flatMap(({ layers }) => [...layers])),
    documents: new Map(saved.flatMap(({ documents }) => [...documents])),
    configs: new Map(saved.flatMap(({ configs }) => [...configs])),
    omitted: new Set(saved.flatMap(({ omitted }) => [...omitted])),
    deltas: new Map(saved.flatMap(({ deltas }) => [...deltas])),
    reused: new Set(saved.flatMap(({ reused }) => [...reused])),
    bytes: saved.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
