import type { FramePool } from '@bundle/archive';
import type { Digest, Platform } from '@bundle/format';
import type { KnownBlob } from '@bundle/store';

/**
 * A source of images: an engine or a folder. It provides only what a bundle needs: the documents, and a stream for each
 * layer. Every adapter passes the same contract tests.
 */
export interface ImageSource {
  /**
   * Starts reading images by reference or ID. The source may need time to gather them, so several readings can be
   * started at once. `platform`: which platform to read of a multi-platform image; by default what the source holds.
   */
  openImages(
    references: readonly string[],
    platform: Platform | undefined,
    signal: AbortSignal,
  ): Promise<ImageReading>;
}

/** Images being read in one pass. */
export interface ImageReading {
  /** Yields every layer of the images once, in the source's own order. A layer that is not read is skipped. */
  layers(options: ReadOptions): AsyncIterable<SourceLayer>;
  /** Returns everything but the layers; complete once all layers have been yielded. */
  documents(): ImageDocuments;
  /** Releases the source, at any time. */
  close(): void;
}

export interface ReadOptions {
  /** The pool for the frames of layers; the reader of a frame returns it there. */
  readonly pool: FramePool;
  /** Called with the number of bytes as the source sends them. */
  readonly onBytes: (count: number) => void;
}

/** A signature, attestation or other document of a registry about an image. */
export interface Referrer {
  /** Image manifest or index that it is about. */
  readonly subject: Digest;
  /** Its own manifest. */
  readonly digest: Digest;
  /** The tag by which cosign finds it; absent: its manifest names the subject. */
  readonly tag?: string;
  /** What its manifest consists of. */
  readonly blobs: readonly { readonly digest: Digest; readonly size: number }[];
  /** Its manifest and its blobs. */
  readonly documents: ReadonlyMap<Digest, Buffer>;
}

/** A layer as a source has it: an uncompressed or a compressed tar. */
export interface SourceLayer {
  /** Digest of the bytes, if the source declares it in advance; the bytes may turn out not to match. */
  readonly digest: Digest | undefined;
  /** Number of bytes. */
  readonly size: number;
  /** Yields the bytes in frames of the pool. Read them to the end before requesting the next layer. */
  frames(): AsyncGenerator<Buffer>;
  /** Where these bytes come from, and their media type, for a layer that can be copied unchanged. */
  readonly stored?: { readonly from: KnownBlob['from']; readonly mediaType: string };
}

export interface ImageDocuments {
  /** Image indexes, image manifests, configs and attestations. */
  readonly blobs: ReadonlyMap<Digest, Buffer>;
  /** Config digest by image reference, if the source gives it separately from its documents. */
  readonly configs: ReadonlyMap<string, Digest>;
}
