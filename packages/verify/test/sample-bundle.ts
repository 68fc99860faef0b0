import { createHash } from 'node:crypto';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type BundleManifest,
  blobPath,
  bundleManifestSchema,
  checksumsText,
  digestOfHex,
  paths,
} from '@bundle/format';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const digest = (text: string) => digestOfHex(sha256(text));

const heads = [
  paths.readme,
  paths.composeOffline,
  paths.compose,
  paths.envExample,
  paths.imagesInfo,
  paths.imageIndex,
  paths.dockerManifest,
  paths.ociLayout,
];
const blobs = ['layer', 'config', 'manifest'];

/** A manifest that keeps all rules, of a bundle whose files hold nothing but their own names. */
export function sampleManifest(): BundleManifest {
  const files = [
    ...heads.map((path) => ({ path, size: path.length, sha256: sha256(path) })),
    ...blobs.map((text) => ({
      path: blobPath(digest(text)),
      size: text.length,
      sha256: sha256(text),
    })),
  ];
  return bundleManifestSchema.parse({
    schemaVersion: 1,
    product: 'shop',
    version: '1.0',
    created: '2026-01-02T03:04:05Z',
    platform: { os: 'linux', architecture: 'amd64' },
    sizes: { stored: files.reduce((sum, { size }) => sum + size, 0), unpacked: 9 },
    images: [
      {
        reference: 'shop-api:1.0',
        services: ['api'],
        imageId: digest('config'),
        topDigest: digest('manifest'),
        manifestDigest: digest('manifest'),
        platform: { os: 'linux', architecture: 'amd64' },
        layers: [
          {
            digest: digest('layer'),
            mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd',
            size: 'layer'.length,
            diffId: digest('unpacked'),
          },
        ],
      },
    ],
    envFiles: [{ path: '.env', example: paths.envExample }],
    leftOut: [{ service: 'db', source: '/var/data', reason: 'a data folder' }],
    files,
  });
}

/** Writes a bundle folder of the manifest; every listed file gets the contents of the sample. */
export async function writeSampleBundle(folder: string, manifest: BundleManifest): Promise<void> {
  const contents = new Map([
    ...heads.map((path) => [path, path] as const),
    ...blobs.map((text) => [blobPath(digest(text)), text] as const),
  ]);
  const text = JSON.stringify(manifest, undefined, 1);
  contents.set(paths.manifest, text);
  contents.set(paths.checksums, checksumsText(manifest.files, sha256(text)));
  for (const [path, content] of contents) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

/** A bundle that takes long to verify: one blob of many zeros, which take no disk. */
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
