import type { FramePool } from '@bundle/archive';
import type { Digest, Platform } from '@bundle/format';
import type { Extent } from '@bundle/store';

/**
 * Anything that images are read from: an engine, a folder. It gives what a bundle needs of images and no more: their
 * documents, and a stream for each layer. Every adapter passes the same contract tests.
 */
export interface ImageSource {
  /**
   * Begins to read images, by reference or ID. It may take as long as the source needs to gather them, so several
   * readings can be begun at once. `platform`: of images for several platforms; default: what the source holds.
   */
  openImages(
    references: readonly string[],
    platform: Platform | undefined,
    signal: AbortSignal,
  ): Promise<ImageReading>;
}

/** Images while they are read, in one pass. */
export interface ImageReading {
  /** Every layer of the images once, in the source's own order. A layer that is not read is passed over. */
  layers(options: ReadOptions): AsyncIterable<SourceLayer>;
  /** What the images are besides their layers; complete when all layers have come. */
  documents(): ImageDocuments;
  /** Lets go of the source, at any time. */
  close(): void;
}

export interface ReadOptions {
  /** Where the frames of layers are taken from; whoever reads a frame gives it back. */
  readonly pool: FramePool;
  /** Told of bytes as the source sends them. */
  readonly onBytes: (count: number) => void;
}

/** A layer as a source has it: a plain tar, or compressed already. */
export interface SourceLayer {
  /** Digest of the bytes as they come, where the source says it before they are read; they may turn out to be others. */
  readonly digest: Digest | undefined;
  /** Bytes to come. */
  readonly size: number;
  /** The bytes in frames of the pool, to be read to their end before the next layer is asked for. */
  frames(): AsyncGenerator<Buffer>;
  /** Where these bytes lie on this machine, and of which media type they are: a layer that can be copied as it is. */
  readonly stored?: { readonly from: Extent; readonly mediaType: string };
}

export interface ImageDocuments {
  /** Image indexes, image manifests, configs and attestations. */
  readonly blobs: ReadonlyMap<Digest, Buffer>;
  /** The config of an image, by a reference of it, where the source says so besides its documents. */
  readonly configs: ReadonlyMap<string, Digest>;
}
