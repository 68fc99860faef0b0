import type { Digest, WorkOptions } from '@bundle/format';
import type { KnownBlob } from './copy-blobs.ts';
import type { HashOptions } from './hash-pool.ts';
import type { HeadFile } from './head-file.ts';

/**
 * Writes a bundle beside its final place. Blobs are written first, one at a time, because the files that list them are
 * known only afterwards; `finish` puts the head before them and moves the bundle into place.
 */
export interface BundleWriter {
  appendToBlob(chunk: Buffer): Promise<void>;
  /** Ends the current blob. A blob that the bundle already has is dropped: content is stored once. */
  endBlob(digest: Digest, size: number): Promise<void>;
  /** Discards the current blob. */
  dropBlob(): Promise<void>;
  /**
   * Copies known blobs, hashing them on the way; their order in the bundle is the one given. Must not be called while
   * another blob is being written. Returns how many blobs the bundle now has of them: those before the first damaged
   * file. A damaged stream fails.
   */
  copyBlobs(blobs: readonly KnownBlob[], options: HashOptions): Promise<number>;
  /**
   * Writes the head, given in archive order, and moves the bundle into place. Parts are read once more, to list their
   * digests.
   */
  finish(head: readonly HeadFile[], options: WorkOptions): Promise<void>;
  /** Removes everything that was written. Safe to call after `finish`. */
  abort(): Promise<void>;
}

export interface WriterOptions {
  readonly output: string;
  /** Bytes to reserve for the head of a single-file bundle. */
  readonly headBytes: number;
  /** Size of the parts to split a single file into, in bytes. */
  readonly partBytes?: number | undefined;
  /** Modification time of every file in the bundle. */
  readonly mtime: Date;
}
