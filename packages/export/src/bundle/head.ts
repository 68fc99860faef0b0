import {
  archiveRank,
  type BundleFile,
  type BundleManifest,
  blobPath,
  checksumsText,
  comparePaths,
  type Digest,
  hexOf,
  imagesOfAllPlatforms,
  paths,
} from '@bundle/format';
import { type HeadFile, sha256Of, tarEntryBytes } from '@bundle/store';
import { checkListing } from './listing-size.ts';
import { scriptBody } from './script-body.ts';
import { installSh, rebuildSh } from './script-texts.ts';

/** A blob that was written. */
export interface WrittenBlob {
  readonly digest: Digest;
  readonly size: number;
}

/**
 * Makes bundle.json and checksums.sha256 from everything that they list, and returns them with the other head files.
 */
export function finishHead(
  draft: Omit<BundleManifest, 'files' | 'sizes'>,
  others: readonly HeadFile[],
  blobs: readonly WrittenBlob[],
): { manifest: BundleManifest; head: HeadFile[]; digest: string } {
  const sorted = others.toSorted(
    (a, b) => archiveRank(a.path) - archiveRank(b.path) || comparePaths(a.path, b.path),
  );
  const files: BundleFile[] = [
    ...sorted.map((file) => ({
      path: file.path,
      size: file.bytes.length,
      sha256: sha256Of(file),
      ...(file.executable ? { executable: true as const } : {}),
    })),
    ...blobs.map(({ digest, size }) => ({ path: blobPath(digest), size, sha256: hexOf(digest) })),
  ];
  const manifest: BundleManifest = {
    ...draft,
    sizes: {
      stored: files.reduce((sum, { size }) => sum + size, 0),
      unpacked: unpackedBytes([...imagesOfAllPlatforms(draft)]),
    },
    files,
  };
  // One field per line: README.txt and install.sh read it without a JSON parser (docs/bundle-format.md, §4.5).
  const bytes = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`);
  checkListing(files, bytes.length);
  const digest = sha256Of({ path: paths.manifest, bytes, executable: false });
  const checksums = Buffer.from(checksumsText(files, digest));
  return {
    manifest,
    digest: `sha256:${digest}`,
    head: [
      { path: paths.manifest, bytes, executable: false },
      { path: paths.checksums, bytes: checksums, executable: false },
      ...sorted,
    ],
  };
}

/** Returns the uncompressed bytes of the distinct layers, where known. */
export function unpackedBytes(images: BundleManifest['images']): number {
  const layers = new Map(
    images.flatMap((image) => image.layers.map((layer) => [layer.diffId, layer])),
  );
  return [...layers.values()].reduce((sum, { unpackedSize = 0 }) => sum + unpackedSize, 0);
}

/**
 * Estimates the room for the head of a single-file bundle before its contents are known: the known files and the
 * scripts, and for each layer and image an upper bound for its lines in bundle.json, checksums.sha256, images-info.txt
 * and the image layout. If it is too small, all layers have to be moved.
 */
export function estimateHeadBytes(
  knownFiles: readonly HeadFile[],
  layers: number,
  images: number,
): number {
  const known = knownFiles.reduce(
    // Each path is also in bundle.json, where quotation marks are escaped, and in checksums.sha256.
    (sum, { path, bytes }) =>
      sum + tarEntryBytes(path, bytes.length) + 3 * Buffer.byteLength(path) + 250,
    0,
  );
  const scripts = [installSh, rebuildSh].reduce(
    (sum, text) => sum + Buffer.byteLength(scriptBody(text)),
    0,
  );
  // README.txt may be in two languages.
  return known + scripts + 40_960 + layers * 900 + images * 6_000;
}
