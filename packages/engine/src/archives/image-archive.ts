import type { Digest, Platform } from '@bundle/format';
import type { Engine } from '../engine.ts';

/** An image of an archive. */
export interface ArchivedImage {
  /** `name:tag` references in familiar form; an image that was saved by its ID has none. */
  readonly references: readonly string[];
  /** Finds the image in its archive, also if it has no name. */
  readonly id: Digest;
  readonly configDigest: Digest;
  readonly platform: Platform;
}

/** An archive of images, of which only the documents have been read. */
export interface ImageArchive {
  readonly images: readonly ArchivedImage[];
  /** Makes a source of the images for a platform. */
  source(platform: Platform): Engine;
}
