import {
  BundleError,
  blobPath,
  type Descriptor,
  type Digest,
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
  };
}

/** Reads the documents of an image. Fails with `digest-mismatch`, `file-missing` or `manifest-invalid`. */
export async function readImage(
  bundle: OpenedBundle,
  { topDigest, manifestDigest }: { readonly topDigest: Digest; readonly manifestDigest: Digest },
): Promise<ReadImage> {
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
  documents.push({ ...top, mediaType: typeOf(index, mediaTypes.imageIndex) });
  return { alone, indexed: { parts: { documents, blobs }, absent } };
}

function blobsOf({ config, layers }: ImageManifest): Pick<Descriptor, 'digest' | 'size'>[] {
  return [config, ...layers].map(({ digest, size }) => ({ digest, size }));
}

function typeOf({ mediaType }: ImageManifest | ImageIndex, otherwise: string): string {
  return mediaType ?? otherwise;
}

async function readDocument<T>(
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
