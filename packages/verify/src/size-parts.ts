import {
  type BundleManifest,
  blobPath,
  digestOfBlobPath,
  imagesOfAllPlatforms,
  paths,
  runtimeDir,
} from '@bundle/format';

/** A part of a bundle's bytes, by what it is for. */
export interface SizePart {
  readonly name: 'application' | 'rebuilds' | 'programs' | 'files';
  readonly bytes: number;
}

/**
 * Divides the bytes of a bundle by purpose. A layer that the application and a rebuild share counts for the
 * application. Parts without bytes are left out.
 */
export function sizeParts(manifest: BundleManifest): SizePart[] {
  const { files, deltas = [] } = manifest;
  const application = new Set(
    imagesOfAllPlatforms(manifest)
      .filter(({ use }) => use === undefined)
      .flatMap(({ imageId, manifestDigest, topDigest, layers }) => [
        imageId,
        manifestDigest,
        topDigest,
        ...layers.map(({ digest }) => digest),
      ])
      .map(blobPath),
  );
  for (const { digest, blobs } of manifest.referrers ?? [])
    for (const one of [digest, ...blobs.map((blob) => blob.digest)]) application.add(blobPath(one));
  // A delta is for the same as the layer that it gives.
  for (const { digest, blob } of deltas)
    if (application.has(blobPath(digest))) application.add(blobPath(blob));
  const partOf = (path: string): SizePart['name'] => {
    if (digestOfBlobPath(path) !== undefined) {
      return application.has(path) ? 'application' : 'rebuilds';
    }
    if (path.startsWith(`${paths.buildCacheDir}/`)) return 'rebuilds';
    return path.startsWith(runtimeDir) ? 'programs' : 'files';
  };
  const bytes = { application: 0, rebuilds: 0, programs: 0, files: 0 };
  for (const { path, size } of files) bytes[partOf(path)] += size;
  const names = ['application', 'rebuilds', 'programs', 'files'] as const;
  return names.map((name) => ({ name, bytes: bytes[name] })).filter((part) => part.bytes > 0);
}
