import { createHash } from 'node:crypto';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type BundleManifest,
  blobPath,
  bundleManifestSchema,
  checksumsText,
  digestOfHex,
  dockerManifestOf,
  imageIndexOf,
  mediaTypes,
  ociLayoutText,
  paths,
} from '@bundle/format';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const digest = (text: string) => digestOfHex(sha256(text));

const layer = 'layer';
const diffId = digest('unpacked');
const layerType = 'application/vnd.oci.image.layer.v1.tar+zstd';
const config = JSON.stringify({
  os: 'linux',
  architecture: 'amd64',
  rootfs: { type: 'layers', diff_ids: [diffId] },
});
const imageManifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: mediaTypes.imageManifest,
  config: descriptor(mediaTypes.imageConfig, config),
  layers: [descriptor(layerType, layer)],
});
const image = {
  reference: 'shop-api:1.0',
  services: ['api'],
  imageId: digest(config),
  topDigest: digest(imageManifest),
  manifestDigest: digest(imageManifest),
  platform: { os: 'linux', architecture: 'amd64' },
  layers: [{ ...descriptor(layerType, layer), diffId }],
};

function descriptor(mediaType: string, text: string) {
  return { mediaType, digest: digest(text), size: text.length };
}

/** Every listed file with its contents, in archive order; each text contains only its own name. */
const contents: ReadonlyMap<string, string> = new Map([
  ...[paths.readme, paths.composeOffline, paths.compose, paths.envExample, paths.imagesInfo].map(
    (path): [string, string] => [path, path],
  ),
  [
    paths.imageIndex,
    JSON.stringify(
      imageIndexOf([image], () => descriptor(mediaTypes.imageManifest, imageManifest)),
    ),
  ],
  [paths.dockerManifest, JSON.stringify(dockerManifestOf([image]))],
  [paths.ociLayout, ociLayoutText],
  ...[layer, config, imageManifest].map((text): [string, string] => [blobPath(digest(text)), text]),
]);

/** Makes a manifest that obeys all rules. */
export function sampleManifest(): BundleManifest {
  const files = [...contents].map(([path, text]) => ({
    path,
    size: text.length,
    sha256: sha256(text),
  }));
  return bundleManifestSchema.parse({
    schemaVersion: 1,
    product: 'shop',
    version: '1.0',
    created: '2026-01-02T03:04:05Z',
    platform: { os: 'linux', architecture: 'amd64' },
    sizes: { stored: files.reduce((sum, { size }) => sum + size, 0), unpacked: 9 },
    images: [image],
    envFiles: [{ path: '.env', example: paths.envExample }],
    leftOut: [{ service: 'db', source: '/var/data', reason: 'a data folder' }],
    files,
  });
}

/** Writes the manifest as a bundle folder; every listed file has the contents of the sample. */
export async function writeSampleBundle(folder: string, manifest: BundleManifest): Promise<void> {
  const text = JSON.stringify(manifest, undefined, 1);
  const checksums = checksumsText(manifest.files, sha256(text));
  const all = [...contents, [paths.manifest, text], [paths.checksums, checksums]] as const;
  for (const [path = '', content = ''] of all) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

/** Makes a bundle that takes long to verify: one blob of zeros that takes no disk space. */
export async function writeSlowBundle(folder: string, bytes: number): Promise<void> {
  const manifest = sampleManifest();
  const [blob] = manifest.files.slice(-1);
  if (blob === undefined) throw new Error('the sample has no blob');
  blob.size = bytes;
  await writeSampleBundle(folder, manifest);
  const handle = await open(join(folder, blob.path), 'r+');
  await handle.truncate(bytes);
  await handle.close();
}
