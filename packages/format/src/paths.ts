import { type Digest, digestOfHex, hexOf } from './digest.ts';
import { limits } from './limits.ts';

/** Every path inside a bundle that has a meaning of its own. */
export const paths = {
  manifest: 'bundle.json',
  checksums: 'checksums.sha256',
  readme: 'README.txt',
  imagesInfo: 'images-info.txt',
  compose: 'docker-compose.yml',
  composeOffline: 'compose.offline.yml',
  envExample: 'env.example',
  buildCacheDir: 'build-cache',
  rebuildReadme: 'build-cache/README.md',
  quickRebuild: 'build-cache/QUICK_REBUILD.txt',
  rebuildScript: 'build-cache/rebuild.sh',
  recipes: 'build-cache/recipes.json',
  buildCacheLayout: 'build-cache/layout',
  sourceArchive: 'build-cache/source.tar.gz',
  installScript: 'install.sh',
  runtime: 'runtime/bundle',
  runtimeX64: 'runtime/bundle-linux-x64',
  runtimeArm64: 'runtime/bundle-linux-arm64',
  composePlugin: 'runtime/docker-compose.zst',
  notices: 'runtime/THIRD-PARTY-NOTICES.txt',
  imagesDir: 'images',
  ociLayout: 'images/oci-layout',
  imageIndex: 'images/index.json',
  dockerManifest: 'images/manifest.json',
  blobsDir: 'images/blobs/sha256',
} as const;

/** Where the programs are, which are large and seldom change from release to release. */
export const runtimeDir = 'runtime/';

/** What the name of the list ends with that stands for a bundle in parts, beside them. */
export const partListSuffix = '.parts.json';

/** Where a host keeps the program that `composePlugin` holds, in a release's folder. It is in no bundle. */
export const unpackedComposePlugin = 'runtime/docker-compose';

/** Settings of an application: in a bundle only where its maker packed the values. */
export const dotEnv = '.env';

/** Where a host keeps such a file as it was packed, beside the one that is edited. */
export const packedDotEnv = '.env.packed';

/** Written by the exporter itself, or by the host: no file of the application may take these places. */
export const reservedPaths: ReadonlySet<string> = new Set([
  ...Object.values(paths),
  unpackedComposePlugin,
  packedDotEnv,
]);

/** Where an image layout has a blob (OCI image-spec, image-layout.md). */
export function layoutBlobPath(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`;
}

/** Where a bundle has a blob. */
export function blobPath(digest: Digest): string {
  return `${paths.imagesDir}/${layoutBlobPath(digest)}`;
}

/** The digest that a blob's path in an image layout stands for, or undefined when it is no blob's path. */
export function digestOfLayoutPath(path: string): Digest | undefined {
  const hex = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(path)?.[1];
  return hex === undefined ? undefined : digestOfHex(hex);
}

/** The same of a path in a bundle. */
export function digestOfBlobPath(path: string): Digest | undefined {
  const folder = `${paths.imagesDir}/`;
  return path.startsWith(folder) ? digestOfLayoutPath(path.slice(folder.length)) : undefined;
}

/**
 * Why a path may not stand in a bundle, or undefined when it may. Allowed is what every file system
 * and tar reader handles alike: ASCII letters, digits and `._-@+`, relative, no empty or dot segments.
 */
export function pathProblem(path: string): string | undefined {
  if (path.length === 0) return 'it is empty';
  if (path.length > limits.maxPathLength)
    return `it is longer than ${limits.maxPathLength} characters`;
  const segments = path.split('/');
  if (segments.length > limits.maxPathDepth)
    return `it is deeper than ${limits.maxPathDepth} folders`;
  for (const segment of segments) {
    if (segment === '') return 'it is absolute or has an empty segment';
    if (segment === '.' || segment === '..') return `it has a "${segment}" segment`;
    if (!/^[A-Za-z0-9._@+-]+$/.test(segment)) {
      return 'it has a character other than ASCII letters, digits and ._-@+';
    }
    if (segment.endsWith('.')) return 'a segment ends with a dot, which Windows drops';
  }
  return undefined;
}

/**
 * Where a file stands in a single-file bundle: bundle.json, checksums.sha256, the application's files,
 * the image layout's small files, blobs. Blobs keep the order in which they were written.
 */
export function archiveRank(path: string): number {
  if (path === paths.manifest) return 0;
  if (path === paths.checksums) return 1;
  if (path.startsWith(`${paths.blobsDir}/`)) return 4;
  return path.startsWith(`${paths.imagesDir}/`) ? 3 : 2;
}
