import {
  BundleError,
  blobPath,
  type Descriptor,
  type Digest,
  defined,
  digestOf,
  type ImageIndex,
  type ImageManifest,
  imageIndexSchema,
  imageManifestSchema,
  limits,
  mediaTypes,
  parseJson,
} from '@bundle/format';
import { readExtent, requireEntry } from '@bundle/store';
import type { OpenedBundle } from '@bundle/verify';
import { z } from 'zod';

/** A document as it is pushed. */
export interface PushedDocument {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** What an image consists of in a registry. */
export interface ImageParts {
  /** The documents in the order in which a registry takes them: what they name comes before them. */
  readonly documents: readonly PushedDocument[];
  /** Config and layers, and those of attestations. */
  readonly blobs: readonly Pick<Descriptor, 'digest' | 'size'>[];
}

/** An image of a bundle, as a single image and, where the bundle keeps an index above it, as that. */
export interface ReadImage {
  readonly alone: ImageParts;
  readonly indexed?: {
    readonly parts: ImageParts;
    /** Images of other platforms, which the index names and the bundle does not have. */
    readonly absent: readonly Digest[];
    /** The same with an index over what the bundle has; absent where the bundle is for one platform. */
    readonly carried?: ImageParts;
  };
}

/** Reads the documents of an image. Fails with `digest-mismatch`, `file-missing` or `manifest-invalid`. */
export async function readImage(
  bundle: OpenedBundle,
  { topDigest, manifestDigest }: { readonly topDigest: Digest; readonly manifestDigest: Digest },
): Promise<ReadImage> {
  const isForSeveral = bundle.manifest.platforms !== undefined;
  const { document, ...manifest } = await readDocument(bundle, manifestDigest, imageManifestSchema);
  const alone = {
    documents: [{ ...manifest, mediaType: typeOf(document, mediaTypes.imageManifest) }],
    blobs: blobsOf(document),
  };
  if (topDigest === manifestDigest) return { alone };
  const { document: index, ...top } = await readDocument(bundle, topDigest, imageIndexSchema);
  const absent: Digest[] = [];
  const documents: PushedDocument[] = [...alone.documents];
  const blobs = [...alone.blobs];
  for (const { digest } of index.manifests) {
    if (digest === manifestDigest) continue;
    if (!bundle.source.entries.has(blobPath(digest))) {
      absent.push(digest);
      continue;
    }
    const child = await readDocument(bundle, digest, imageManifestSchema);
    documents.push({
      digest,
      bytes: child.bytes,
      mediaType: typeOf(child.document, mediaTypes.imageManifest),
    });
    blobs.push(...blobsOf(child.document));
  }
  const whole = {
    digest: top.digest,
    bytes: top.bytes,
    mediaType: typeOf(index, mediaTypes.imageIndex),
  };
  const parts = { documents: [...documents, whole], blobs };
  const carried =
    isForSeveral && absent.length > 0
      ? { documents: [...documents, indexWithout(index, absent)], blobs }
      : undefined;
  return { alone, indexed: { parts, absent, ...defined({ carried }) } };
}

/** Makes the index over those images that are there. */
function indexWithout(index: ImageIndex, absent: readonly Digest[]): PushedDocument {
  const manifests = index.manifests.filter(({ digest }) => !absent.includes(digest));
  const bytes = Buffer.from(JSON.stringify({ ...index, manifests }));
  return { digest: digestOf(bytes), bytes, mediaType: typeOf(index, mediaTypes.imageIndex) };
}

function blobsOf({ config, layers }: ImageManifest): Pick<Descriptor, 'digest' | 'size'>[] {
  return [config, ...layers].map(({ digest, size }) => ({ digest, size }));
}

function typeOf({ mediaType }: ImageManifest | ImageIndex, otherwise: string): string {
  return mediaType ?? otherwise;
}

/** Reads a document of a bundle. Fails with `digest-mismatch`, `file-missing` or `manifest-invalid`. */
export async function readDocument<T>(
  { source }: OpenedBundle,
  digest: Digest,
  schema: z.ZodType<T>,
): Promise<{ digest: Digest; bytes: Buffer; document: T }> {
  const path = blobPath(digest);
  const bytes = await readExtent(requireEntry(source, path), limits.maxImageJsonBytes, path);
  if (digestOf(bytes) !== digest) throw damaged(path, digest, digestOf(bytes));
  const document = schema.safeParse(parseJson(bytes));
  if (document.success) return { digest, bytes, document: document.data };
  throw new BundleError('manifest-invalid', {
    operation: 'reading',
    subject: path,
    expected: 'an image manifest or index',
    found: z.prettifyError(document.error),
    hint: 'The bundle was not made by `bundle export`: get it again from its source.',
  });
}

function damaged(subject: string, expected: string, found: string): BundleError {
  return new BundleError('digest-mismatch', {
    operation: 'checking',
    ...{ subject, expected, found },
    hint: 'The file was changed or damaged: copy the bundle again from its source.',
  });
}
