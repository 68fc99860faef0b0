import {
  type Digest,
  digestOf,
  imageManifestSchema,
  mediaTypes,
  type Platform,
} from '@bundle/format';
import { parseJson } from '../parse-json.ts';
import type { AssembledImage } from './assemble.ts';

/**
 * Puts one index above an image of several platforms, given one entry for each. They have one already where all layers
 * are kept as they arrived (docs/bundle-format.md, §21.2).
 */
export function withCommonTop<T extends { readonly assembled: AssembledImage }>(
  images: readonly T[],
): T[] {
  const tops = new Set(images.map(({ assembled }) => assembled.topDigest));
  if (tops.size === 1) return [...images];
  const index = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.imageIndex,
      manifests: images.map(({ assembled }) => descriptorOf(assembled)),
    }),
  );
  const topDigest = digestOf(index);
  return images.map((image) => ({
    ...image,
    assembled: {
      ...image.assembled,
      ...{ topDigest, topMediaType: mediaTypes.imageIndex },
      documents: new Map([
        ...ownDocuments(image.assembled),
        [topDigest, index] satisfies [Digest, Buffer],
      ]),
    },
  }));
}

function descriptorOf({ documents, manifestDigest: digest, platform }: AssembledImage): {
  mediaType: string;
  digest: Digest;
  size: number;
  platform: Platform;
} {
  const bytes = documents.get(digest) ?? Buffer.alloc(0);
  const { mediaType = mediaTypes.imageManifest } = imageManifestSchema.parse(
    parseJson(bytes.toString('utf8')),
  );
  return { mediaType, digest, size: bytes.length, platform };
}

/** Leaves out an index of the source, with what only it names. */
function ownDocuments({ documents, manifestDigest, imageId }: AssembledImage): [Digest, Buffer][] {
  return [...documents].filter(([digest]) => digest === manifestDigest || digest === imageId);
}
