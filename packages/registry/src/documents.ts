import {
  BundleError,
  type Digest,
  hexOf,
  imageIndexSchema,
  imageManifestSchema,
  isDigest,
  limits,
  mediaTypes,
  parseJson,
  reasonOf,
} from '@bundle/format';
import { type Extent, streamVerified } from '@bundle/store';
import { z } from 'zod';
import type { StoredDocument } from './content.ts';

const documentSchema = z.union([imageIndexSchema, imageManifestSchema]);
const documentTypes: ReadonlySet<string> = new Set([
  mediaTypes.imageIndex,
  mediaTypes.imageManifest,
  mediaTypes.dockerManifestList,
  mediaTypes.dockerManifest,
]);
/** The image-spec allows an index of indexes; hardly any exist. */
const maxIndexDepth = 3;

/** Reads the document `top` and, where it is an image index, the documents below it that are present, checking each digest. */
export async function readDocuments(
  blobs: ReadonlyMap<Digest, Extent>,
  top: Digest,
): Promise<StoredDocument[]> {
  const found = new Map<Digest, StoredDocument>();
  let level = [top];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxIndexDepth)
      throw invalid(top, `image indexes nested deeper than ${maxIndexDepth}`);
    const below: Digest[] = [];
    for (const digest of level) {
      const extent = blobs.get(digest);
      if (extent === undefined || found.has(digest)) continue;
      const { mediaType, children } = await readDocument(extent, digest);
      found.set(digest, { digest, mediaType, size: extent.size });
      below.push(...children);
    }
    level = below;
  }
  return [...found.values()];
}

async function readDocument(
  extent: Extent,
  digest: Digest,
): Promise<{ mediaType: string; children: Digest[] }> {
  if (extent.size > limits.maxImageJsonBytes) throw invalid(digest, `${extent.size} bytes`);
  const chunks: Buffer[] = [];
  for await (const chunk of streamVerified(extent, hexOf(digest), digest)) chunks.push(chunk);
  const parsed = documentSchema.safeParse(documentIn(Buffer.concat(chunks), digest));
  if (!parsed.success) throw invalid(digest, 'neither, or both at once');
  const document = parsed.data;
  if (document.manifests === undefined) {
    return { mediaType: document.mediaType ?? mediaTypes.imageManifest, children: [] };
  }
  const children = document.manifests
    .filter(({ mediaType }) => documentTypes.has(mediaType))
    .map((descriptor) => descriptor.digest)
    .filter(isDigest);
  return { mediaType: document.mediaType ?? mediaTypes.imageIndex, children };
}

function documentIn(bytes: Buffer, digest: Digest): unknown {
  try {
    return parseJson(bytes);
  } catch (error) {
    throw invalid(digest, reasonOf(error));
  }
}

function invalid(digest: Digest, found: string): BundleError {
  return new BundleError('manifest-invalid', {
    operation: 'reading the image document',
    subject: digest,
    expected: `an image manifest or image index of at most ${limits.maxImageJsonBytes} bytes`,
    found,
    hint: 'The bundle is damaged or was not made by `bundle export`: get it again from its source.',
  });
}
