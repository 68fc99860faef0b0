import { isDeepStrictEqual } from 'node:util';
import {
  type BundleImage,
  type BundleManifest,
  blobPath,
  type Digest,
  dockerManifestOf,
  dockerManifestSchema,
  formatDocumentPath,
  formatPlatform,
  imageConfigSchema,
  imageIndexOf,
  imageIndexSchema,
  imageManifestSchema,
  loadManifest,
  loadManifestOf,
  mediaTypes,
  normalizeArchitecture,
  ociLayoutText,
  parseBounded,
  paths,
} from '@bundle/format';
import type { z } from 'zod';

/** A contradiction to bundle.json in another document of the bundle. */
export interface DocumentProblem {
  readonly file: string;
  readonly message: string;
}

/** Returns a document by its path in the bundle, parsed as JSON; undefined where it is not JSON. */
export type ReadDocument = (path: string) => unknown;

/**
 * Compares the documents of the image layout with bundle.json, which alone defines the images
 * (docs/bundle-format.md, §6.1 to §6.3; §8.2, step 7). Otherwise a name or descriptor found only in them would reach
 * an engine unseen.
 */
export function layoutProblems(manifest: BundleManifest, read: ReadDocument): DocumentProblem[] {
  const { images, files } = manifest;
  const found = read(paths.imageIndex);
  const { data: index } = parseBounded(imageIndexSchema, found);
  const types = new Map(index?.manifests.map(({ digest, mediaType }) => [digest, mediaType]));
  const sizes = new Map(files.map(({ path, size }) => [path, size]));
  const expected = imageIndexOf(images, (digest) => ({
    mediaType: topTypes.find((type) => type === types.get(digest)) ?? mediaTypes.imageManifest,
    size: sizes.get(blobPath(digest)) ?? 0,
  }));
  const agrees = (path: string, wanted: unknown): DocumentProblem[] =>
    isDeepStrictEqual(read(path), wanted)
      ? []
      : [{ file: path, message: 'does not agree with the images in bundle.json' }];
  return [
    ...agrees(paths.ociLayout, JSON.parse(ociLayoutText)),
    ...agrees(paths.imageIndex, expected),
    ...agrees(paths.dockerManifest, dockerManifestOf(images)),
    ...(listsImages(read(loadManifest)) ? agrees(loadManifest, loadManifestOf(images)) : []),
  ];
}

/**
 * Tells whether `docker load` would read a document as a list of images; a file of the application may have its
 * name.
 */
function listsImages(document: unknown): boolean {
  const { data = [] } = parseBounded(dockerManifestSchema, document);
  return data.length > 0;
}

const topTypes: readonly string[] = [
  mediaTypes.imageIndex,
  mediaTypes.dockerManifestList,
  mediaTypes.imageManifest,
  mediaTypes.dockerManifest,
];

/** §8.2, step 7. Compares the documents of one image with bundle.json: the top document, the image manifest and the config. */
export function imageProblems(image: BundleImage, read: ReadDocument): DocumentProblem[] {
  const { imageId, topDigest, manifestDigest } = image;
  return [
    ...(topDigest === manifestDigest ? [] : topProblems(image, read)),
    ...manifestProblems(image, read),
    ...checked(imageId, imageConfigSchema, read, (config) => [
      ...differing('rootfs.diff_ids', config.rootfs.diff_ids ?? [], diffIdsOf(image)),
      ...differing('platform', platformText(config), platformText(image.platform)),
    ]),
  ];
}

/** §6.7: the index names the image manifest. §6.9: a document is not both, which the schemas refuse. */
function topProblems({ topDigest, manifestDigest }: BundleImage, read: ReadDocument) {
  return checked(topDigest, imageIndexSchema, read, ({ manifests }) =>
    manifests.some(({ digest }) => digest === manifestDigest)
      ? []
      : [`names no manifest ${manifestDigest}`],
  );
}

/** §4.3, §4.4. */
function manifestProblems({ imageId, manifestDigest, layers }: BundleImage, read: ReadDocument) {
  return checked(manifestDigest, imageManifestSchema, read, (manifest) => [
    ...differing('config.digest', manifest.config.digest, imageId),
    ...differing(
      'layers',
      manifest.layers.map(({ digest, size, mediaType }) => ({ digest, size, mediaType })),
      layers.map(({ digest, size, mediaType }) => ({ digest, size, mediaType })),
    ),
  ]);
}

function checked<T>(
  digest: Digest,
  schema: z.ZodType<T>,
  read: ReadDocument,
  problems: (document: T) => string[],
): DocumentProblem[] {
  const file = blobPath(digest);
  const parsed = parseBounded(schema, read(file));
  const messages =
    parsed.issues === undefined
      ? problems(parsed.data)
      : [
          ...parsed.issues.map(({ path, message }) => `${formatDocumentPath(path)}: ${message}`),
          ...(parsed.areMore ? ['and more'] : []),
        ];
  return messages.map((message) => ({ file, message }));
}

function differing(what: string, found: unknown, expected: unknown): string[] {
  return isDeepStrictEqual(found, expected) ? [] : [`${what}: not as in bundle.json`];
}

function diffIdsOf({ layers }: BundleImage): Digest[] {
  return layers.map(({ diffId }) => diffId);
}

/** Without the variant: engines fill it in where a config has none. */
function platformText({ os, architecture }: { os: string; architecture: string }): string {
  return formatPlatform({ os, architecture: normalizeArchitecture(architecture) });
}
