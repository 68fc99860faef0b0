import { type Digest, digestOfHex, hexOf } from './digest.ts';
import { foldedPath } from './path-rules.ts';

/** Every path inside a bundle that has a special meaning. */
export const paths = {
  manifest: 'bundle.json',
  checksums: 'checksums.sha256',
  signature: 'bundle.json.sig',
  sigstore: 'bundle.json.sigstore.json',
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
  packagesDir: 'build-cache/packages',
  packagesIndex: 'build-cache/packages/index.json',
  installScript: 'install.sh',
  sbom: 'sbom.cdx.json.gz',
  runtime: 'runtime/bundle',
  runtimeX64: 'runtime/bundle-linux-x64',
  runtimeArm64: 'runtime/bundle-linux-arm64',
  composePlugin: 'runtime/docker-compose.zst',
  buildxPlugin: 'runtime/docker-buildx.zst',
  notices: 'runtime/THIRD-PARTY-NOTICES.txt',
  imagesDir: 'images',
  ociLayout: 'images/oci-layout',
  imageIndex: 'images/index.json',
  dockerManifest: 'images/manifest.json',
  blobsDir: 'images/blobs/sha256',
} as const;

/** Files that bundle.json cannot list: itself, and those made from it. */
export const unlistedPaths: ReadonlySet<string> = new Set([
  paths.manifest,
  paths.checksums,
  paths.signature,
  paths.sigstore,
]);

/**
 * Lists the images, so that `docker load` accepts a single-file bundle. If the application has a file of this name
 * itself, the bundle contains that one instead.
 */
export const loadManifest = 'manifest.json';

/** Folder of the programs, which are large and seldom change between releases. */
export const runtimeDir = 'runtime/';

/** Suffix of the list that lies beside the parts of a split bundle and represents it. */
export const partListSuffix = '.parts.json';

/** Returns the path of the executable that lies beside the list of parts: `NAME.command`. */
export function commandBeside(list: string): string {
  return `${list.slice(0, -partListSuffix.length)}.command`;
}

/** Returns the path of the signatures that lie beside a single file or the list of its parts: `NAME.sig`. */
export function detachedSignaturePath(bundle: string): string {
  return `${withoutListSuffix(bundle)}.sig`;
}

/** Returns the path of signatures in Sigstore's form beside a single file or the list of its parts. */
export function detachedSigstorePath(bundle: string): string {
  return `${withoutListSuffix(bundle)}.sigstore.json`;
}

function withoutListSuffix(bundle: string): string {
  return bundle.endsWith(partListSuffix) ? bundle.slice(0, -partListSuffix.length) : bundle;
}

/** Plugins of docker that a bundle carries compressed. */
export type CarriedPlugin = 'compose' | 'buildx';

/** Paths of the carried plugins in a bundle. */
export const packedPlugins: Readonly<Record<CarriedPlugin, string>> = {
  compose: paths.composePlugin,
  buildx: paths.buildxPlugin,
};

/** Paths in a release's folder where a host keeps the carried plugins unpacked. No bundle contains them. */
export const unpackedPlugins: Readonly<Record<CarriedPlugin, string>> = {
  compose: 'runtime/docker-compose',
  buildx: 'runtime/docker-buildx',
};

/** Files beside them in which a host keeps the digests of both forms. No bundle contains them. */
export const pluginDigests: Readonly<Record<CarriedPlugin, string>> = {
  compose: 'runtime/docker-compose.json',
  buildx: 'runtime/docker-buildx.json',
};

/** Settings of an application; in a bundle only where the values were packed on purpose. */
export const dotEnv = '.env';

/** Path where a host keeps that file as packed, beside the edited one. */
export const packedDotEnv = '.env.packed';

/** Link in a release's folder to what its host keeps for all releases: mounts that no bundle carries. */
export const keptMounts = '.mounts';

/** File of a staged release that names the platform whose images were imported, where its bundle has several. */
export const chosenPlatform = '.bundle-platform';

/** Paths in a release's folder that belong to the host. No bundle may have a file at or below them. */
const hostPaths: readonly string[] = [
  ...Object.values(unpackedPlugins),
  ...Object.values(pluginDigests),
  packedDotEnv,
  '.env.previous',
  '.imported-from',
  chosenPlatform,
  keptMounts,
  'rebuilds.json',
];

/** Tells whether a path is at or below one that belongs to the host, also where case and form do not count. */
export function isHostPath(path: string): boolean {
  return hostPaths.some((own) => `${foldedPath(path)}/`.startsWith(`${own}/`));
}

/** Paths written by the exporter or the host; no file of the application may use them. */
export const reservedPaths: ReadonlySet<string> = new Set([...Object.values(paths), ...hostPaths]);

/** Returns the path of a blob in an image layout (OCI image-spec, image-layout.md). */
export function layoutBlobPath(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`;
}

/** Returns the path of a blob in a bundle. */
export function blobPath(digest: Digest): string {
  return `${paths.imagesDir}/${layoutBlobPath(digest)}`;
}

/** Returns the digest in a blob's path in an image layout; undefined for any other path. */
export function digestOfLayoutPath(path: string): Digest | undefined {
  const hex = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(path)?.[1];
  return hex === undefined ? undefined : digestOfHex(hex);
}

/** Returns the digest in a blob’s path in a bundle; undefined for any other path. */
export function digestOfBlobPath(path: string): Digest | undefined {
  const folder = `${paths.imagesDir}/`;
  return path.startsWith(folder) ? digestOfLayoutPath(path.slice(folder.length)) : undefined;
}

/**
 * Ranks a file in the order of a single-file bundle: bundle.json, checksums.sha256 and signatures, the application's
 * files, the image layout's small files, blobs. Blobs keep the order in which they were written.
 */
export function archiveRank(path: string): number {
  if (path === paths.manifest) return 0;
  if (path === paths.checksums || path === paths.signature || path === paths.sigstore) return 1;
  if (path.startsWith(`${paths.blobsDir}/`)) return 4;
  return path.startsWith(`${paths.imagesDir}/`) ? 3 : 2;
}
