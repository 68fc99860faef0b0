import type { Digest } from '@bundle/format';
import { type Extent, fileMissing, sliceExtent, streamReusing } from '@bundle/store';
import type { RegistryContent, StoredDocument } from './content.ts';
import { readDocuments } from './documents.ts';
import { byTag } from './paging.ts';
import { type NamedDocument, planRepositories } from './repositories.ts';
import { VerifiedBlobs } from './verified-blobs.ts';

/** Size of the pieces read; each client has one or two in memory. Smaller ones cost more turns than they save. */
const readBytes = 768 * 1024;

/**
 * Serves blobs from files, such as those of a bundle or of an OCI image layout. Reads the documents of
 * the images once and checks their digests.
 */
export async function storedContent(
  images: readonly NamedDocument[],
  blobs: ReadonlyMap<Digest, Extent>,
): Promise<RegistryContent> {
  const { listed, tags } = planRepositories(images);
  const documents = new Map<Digest, readonly StoredDocument[]>();
  for (const { reference, topDigest } of images) {
    const found = await readDocuments(blobs, topDigest);
    if (found.length === 0) throw fileMissing(reference, topDigest);
    documents.set(topDigest, found);
  }
  const verified = new VerifiedBlobs();
  const sortedTags = new Map([...tags].map(([name, own]) => [name, [...own.keys()].sort(byTag)]));
  const byDigest = new Map([...tags].map(([name, own]) => [name, documentsOf(own, documents)]));
  const extentOf = (digest: Digest): Extent => {
    const extent = blobs.get(digest);
    if (extent === undefined) throw fileMissing('blobs', digest);
    return extent;
  };
  return {
    repositories: () => listed,
    tags: (repository) => sortedTags.get(repository),
    document: (repository, reference) => {
      const digest = tags.get(repository)?.get(reference) ?? reference;
      return byDigest.get(repository)?.get(digest);
    },
    blob: (digest) => blobs.get(digest),
    openBlob: (digest, range) => {
      const extent = extentOf(digest);
      if (range === undefined) return openWhole(extent, digest, verified);
      const part = sliceExtent(extent, range.first, range.last - range.first + 1);
      return streamReusing(part, digest, readBytes);
    },
  };
}

/**
 * Sends a blob while it is hashed in parallel, once for all clients; the last piece waits for the result. It is
 * hashed again only if its file has changed since, because clients hash what they receive as well.
 */
async function* openWhole(
  extent: Extent,
  digest: Digest,
  verified: VerifiedBlobs,
): AsyncGenerator<Buffer> {
  const verification = verified.check(extent, digest);
  // Awaited at the end; until then it must not count as unhandled.
  verification.catch(() => undefined);
  let left = extent.size;
  for await (const piece of streamReusing(extent, digest, readBytes)) {
    left -= piece.length;
    if (left === 0) await verification;
    yield piece;
  }
}

function documentsOf(
  tags: ReadonlyMap<string, Digest>,
  documents: ReadonlyMap<Digest, readonly StoredDocument[]>,
): ReadonlyMap<string, StoredDocument> {
  const all = [...tags.values()].flatMap((top) => documents.get(top) ?? []);
  return new Map(all.map((document) => [document.digest, document]));
}
