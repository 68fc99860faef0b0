import {
  type BundleManifest,
  blobPath,
  imagesOfAllPlatforms,
  JsonError,
  limits,
  loadManifest,
  parseJson,
  paths,
} from '@bundle/format';
import { type BundleSource, readExtent } from '@bundle/store';
import { imageProblems, layoutProblems } from './image-documents.ts';
import { finding, type VerifyFinding } from './verify-finding.ts';

/**
 * Documents of a bundle by their paths, each subject to §4.1 of docs/bundle-format.md; for a path without valid
 * JSON, the reason.
 */
export type Documents = ReadonlyMap<string, unknown | JsonError>;

/** Reads the documents that list images and are present. */
export async function readLayoutDocuments({ entries }: BundleSource): Promise<Documents> {
  // The application may have a file of this name, of any size.
  const isSmall = (entries.get(loadManifest)?.size ?? 0) <= limits.maxBundleManifestBytes;
  const listing = isSmall ? [...layoutPaths, loadManifest] : layoutPaths;
  return readDocuments(entries, listing, limits.maxBundleManifestBytes);
}

/**
 * Reports documents about images that contradict bundle.json. `isReadable`: whether the bytes at a path are as
 * listed; if not, they have a finding already.
 */
export async function documentFindings(
  { entries, rest }: BundleSource,
  manifest: BundleManifest,
  layout: Documents,
  isReadable: (path: string) => boolean,
): Promise<VerifyFinding[]> {
  // Blobs on media that are inserted one after the other can no longer be read.
  const images = (rest === undefined ? imagesOfAllPlatforms(manifest) : []).filter((image) =>
    documentPaths(image).every(isReadable),
  );
  const blobs = images.flatMap(documentPaths);
  const documents = new Map([
    ...layout,
    ...(await readDocuments(entries, blobs, limits.maxImageJsonBytes)),
  ]);
  const isJson = (path: string): boolean => !(documents.get(path) instanceof JsonError);
  const find = (path: string): unknown =>
    path !== loadManifest || (isReadable(path) && isJson(path)) ? documents.get(path) : undefined;
  // The application may have any file under the name of the list for `docker load`.
  const unreadable = [...documents].flatMap(([file, found]) =>
    found instanceof JsonError && isReadable(file) && file !== loadManifest
      ? [{ file, message: `${found.message} (line ${found.line})` }]
      : [],
  );
  const problems = [
    ...unreadable,
    ...(layoutPaths.every((path) => isReadable(path) && isJson(path))
      ? layoutProblems(manifest, find)
      : []),
    ...images
      .filter((image) => documentPaths(image).every(isJson))
      .flatMap((image) => imageProblems(image, find)),
  ];
  return problems.map(({ file, message }) => finding('manifest-invalid', file, message));
}

const layoutPaths = [paths.ociLayout, paths.imageIndex, paths.dockerManifest];

function documentPaths({
  topDigest,
  manifestDigest,
  imageId,
}: BundleManifest['images'][number]): string[] {
  return [topDigest, manifestDigest, imageId].map(blobPath);
}

async function readDocuments(
  entries: BundleSource['entries'],
  paths: readonly string[],
  maxBytes: number,
): Promise<Documents> {
  const documents = new Map<string, unknown>();
  for (const path of new Set(paths)) {
    const extent = entries.get(path);
    if (extent !== undefined) documents.set(path, parsed(await readExtent(extent, maxBytes, path)));
  }
  return documents;
}

function parsed(bytes: Buffer): unknown {
  try {
    return parseJson(bytes);
  } catch (error) {
    if (error instanceof JsonError) return error;
    throw error;
  }
}
