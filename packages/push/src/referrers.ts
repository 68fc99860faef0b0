import {
  type BundleReferrer,
  type Descriptor,
  descriptorSchema,
  digestOf,
  imageIndexSchema,
  imageManifestSchema,
  mediaTypes,
  parseJson,
} from '@bundle/format';
import type { OpenedBundle } from '@bundle/verify';
import type { ImageParts } from './document-tree.ts';
import { type PushedDocument, readDocument } from './read-document.ts';

/** What refers to an image, as it is pushed. */
export interface ReadReferrer extends BundleReferrer {
  readonly document: PushedDocument;
  /** How a list of referrers names it. */
  readonly descriptor: Descriptor;
}

/** Reads what refers to the documents of an image that are pushed. Fails as `readImage` does. */
export async function readReferrers(
  bundle: OpenedBundle,
  reference: string,
  { documents }: ImageParts,
): Promise<ReadReferrer[]> {
  const pushed = new Set(documents.map(({ digest }) => digest));
  const own = (bundle.manifest.referrers ?? []).filter(
    (one) => one.reference === reference && pushed.has(one.subject),
  );
  return Promise.all(
    own.map(async (one) => {
      const { digest, bytes, document } = await readDocument(
        bundle,
        one.digest,
        imageManifestSchema,
      );
      const { mediaType = mediaTypes.imageManifest, artifactType, annotations } = document;
      // As a registry lists it (distribution-spec, listing referrers).
      const descriptor = {
        ...{ mediaType, digest, size: bytes.length },
        artifactType: artifactType ?? document.config.mediaType,
        ...(annotations === undefined ? {} : { annotations }),
      };
      return {
        ...one,
        document: { digest, bytes, mediaType },
        descriptor: descriptorSchema.parse(descriptor),
      };
    }),
  );
}

/** Adds a referrer to the list that stands under a tag; undefined if it is in there. */
export function withReferrer(
  list: Buffer | undefined,
  descriptor: Descriptor,
): PushedDocument | undefined {
  const manifests = list === undefined ? [] : imageIndexSchema.parse(parseJson(list)).manifests;
  if (manifests.some(({ digest }) => digest === descriptor.digest)) return undefined;
  const mediaType = mediaTypes.imageIndex;
  const next = { schemaVersion: 2, mediaType, manifests: [...manifests, descriptor] };
  const bytes = Buffer.from(JSON.stringify(next));
  return { digest: digestOf(bytes), mediaType, bytes };
}
