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
 * The content of an endpoint. Everything but `openBlob` answers from memory, so a request reaches files only by the
 * digest of a known blob.
 */
export interface RegistryContent {
  /** Lists one name of each repository, for `_catalog`; others may be answered too. */
  repositories(): readonly string[];
  /** Undefined when there is no such repository. */
  tags(repository: string): readonly string[] | undefined;
  /** Finds a document by tag, or by its digest if it belongs to an image of the repository. */
  document(repository: string, reference: string): StoredDocument | undefined;
  /** Finds a blob by its digest alone, in whichever repository it is requested. */
  blob(digest: Digest): { readonly size: number } | undefined;
  /**
   * Streams exactly the requested bytes of a blob that `blob` knows. A whole blob with a wrong digest fails
   * before its last bytes; a part cannot be checked here.
   */
  openBlob(digest: Digest, range?: ByteRange): AsyncIterable<Buffer>;
}
