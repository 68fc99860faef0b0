import type { Digest } from '@bundle/format';

/** An image manifest or image index as it is stored. */
export interface StoredDocument {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
}

/** Part of a blob: the first and the last byte, both included, counted from 0. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * What an endpoint serves. Everything but `openBlob` answers from memory, so a request
 * reaches files only by the digest of a blob that is known.
 */
export interface RegistryContent {
  /** One name of each repository, for `_catalog`; others may be answered too. */
  repositories(): readonly string[];
  /** Undefined when there is no such repository. */
  tags(repository: string): readonly string[] | undefined;
  /** By tag, or by the digest of a document that belongs to an image of the repository. */
  document(repository: string, reference: string): StoredDocument | undefined;
  /** Blobs are known by their digest alone, whichever repository they are asked of. */
  blob(digest: Digest): { readonly size: number } | undefined;
  /**
   * The bytes of a blob that `blob` knows, exactly as many as asked for. A whole blob fails before its last
   * bytes when its digest is wrong; a part cannot be checked here.
   */
  openBlob(digest: Digest, range?: ByteRange): AsyncIterable<Buffer>;
}
