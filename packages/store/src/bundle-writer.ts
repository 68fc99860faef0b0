import type { Digest, WorkOptions } from '@bundle/format';
import type { KnownBlob } from './copy-blobs.ts';
import type { HashOptions } from './hash-pool.ts';
import type { HeadFile } from './head-file.ts';

/**
 * Writes a bundle beside its final place. Blobs come first, one at a time, since what lists them is known
 * only when they are written; `finish` puts the head before them and moves the bundle into place.
 */
export interface BundleWriter {
  appendToBlob(chunk: Buffer): Promise<void>;
  /** Ends the blob under way. A blob that is there already is dropped: content is stored once. */
  endBlob(digest: Digest, size: number): Promise<void>;
  /** Forgets the blob under way. */
  dropBlob(): Promise<void>;
  /**
   * Copies blobs that are known, between two others; hashed on the way, and in their order. Returns how many are in the
   * bundle now: those before the first one that is not what it should be.
   */
  copyBlobs(blobs: readonly KnownBlob[], options: HashOptions): Promise<number>;
  /** `head` in archive order. Parts are read once more, to list their digests. */
  finish(head: readonly HeadFile[], options: WorkOptions): Promise<void>;
  /** Removes everything that was written. Safe to call after `finish`. */
  abort(): Promise<void>;
}

export interface WriterOptions {
  readonly output: string;
  /** Bytes to keep free for the head of a single-file bundle. */
  readonly headBytes: number;
  /** Cut a single file into parts of so many bytes. */
  readonly partBytes?: number | undefined;
  /** Time of every file in the bundle. */
  readonly mtime: Date;
}
