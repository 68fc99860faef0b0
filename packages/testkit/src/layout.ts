import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { type Digest, hexOf, mediaTypes, ociLayoutText } from '@bundle/format';
import { tarFileHeader } from '@bundle/store';

/** A layer of a test image: a file containing `text` and any more files, stored plain unless specified otherwise. */
export interface TestLayer {
  readonly text: string;
  /** More files, by path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly compression?: 'gzip' | 'zstd';
}

export interface TestImage {
  /** `name:tag`, familiar form. */
  readonly reference: string;
  /** Bottom first; images that begin with equal layers share them. */
  readonly layers: readonly TestLayer[];
  /** Default: this machine's. */
  readonly architecture?: string;
  /** RFC 3339; default: the first day of 2026. */
  readonly created?: string;
  /** Variables of its environment, and what its build steps ran. */
  readonly env?: readonly string[];
  readonly history?: readonly string[];
  /** Whether to put it below an image index, next to an attestation, as BuildKit does. */
  readonly attested?: boolean;
}

/** Facts about an image of a layout, independent of the code under test. */
export interface LaidOutImage {
  readonly reference: string;
  readonly configDigest: Digest;
  readonly manifestDigest: Digest;
  /** Digest of the image index if there is one, or else of the image manifest. */
  readonly topDigest: Digest;
  readonly layerDigests: readonly Digest[];
  readonly diffIds: readonly Digest[];
}

interface Stored {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}
type Put = (mediaType: string, bytes: Buffer) => Promise<Stored>;

export const hostArchitecture = process.arch === 'x64' ? 'amd64' : process.arch;

/** Makes an OCI image layout (image-spec, image-layout.md) in a folder, without the code under test. */
export async function makeLayout(
  folder: string,
  images: readonly TestImage[],
): Promise<LaidOutImage[]> {
  const blobs = join(folder, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const put: Put = async (mediaType, bytes) => {
    const digest = digestOf(bytes);
    await writeFile(join(blobs, hexOf(digest)), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const laidOut: LaidOutImage[] = [];
  const manifests: object[] = [];
  for (const image of images) {
    const { reference } = image;
    const { top, ...rest } = await putImage(image, put);
    const annotations = { 'io.containerd.image.name': canonical(reference) };
    manifests.push({ ...top, annotations });
    laidOut.push({ reference, topDigest: top.digest, ...rest });
  }
  await writeFile(join(folder, 'oci-layout'), ociLayoutText);
  const index = { schemaVersion: 2, mediaType: mediaTypes.imageIndex, manifests };
  await writeFile(join(folder, 'index.json'), JSON.stringify(index));
  return laidOut;
}

/** Puts an image index over images of a layout, which differ in their platform, and names it there. */
export async function makeIndex(
  folder: string,
  name: string,
  images: readonly Pick<LaidOutImage, 'manifestDigest' | 'configDigest'>[],
): Promise<Digest> {
  const blobs = join(folder, 'blobs', 'sha256');
  const manifests: object[] = [];
  for (const { manifestDigest: digest, configDigest } of images) {
    const { os, architecture } = JSON.parse(
      await readFile(join(blobs, hexOf(configDigest)), 'utf8'),
    );
    const { length: size } = await readFile(join(blobs, hexOf(digest)));
    const platform = { os, architecture };
    manifests.push({ mediaType: mediaTypes.imageManifest, digest, size, platform });
  }
  const mediaType = mediaTypes.imageIndex;
  const bytes = json({ schemaVersion: 2, mediaType, manifests });
  const digest = digestOf(bytes);
  await writeFile(join(blobs, hexOf(digest)), bytes);
  const path = join(folder, 'index.json');
  const index = JSON.parse(await readFile(path, 'utf8'));
  const annotations = { 'io.containerd.image.name': name };
  index.manifests.push({ mediaType, digest, size: bytes.length, annotations });
  await writeFile(path, JSON.stringify(index));
  return digest;
}

async function putImage(
  image: TestImage,
  put: Put,
): Promise<Omit<LaidOutImage, 'reference' | 'topDigest'> & { top: Stored }> {
  const layers: Stored[] = [];
  const diffIds: Digest[] = [];
  for (const { text, files, compression } of image.layers) {
    const plain = layerOf({ file: text, ...files });
    const { mediaType, bytes } = compressed(plain, compression);
    diffIds.push(digestOf(plain));
    layers.push(await put(mediaType, bytes));
  }
  const platform = { os: 'linux', architecture: image.architecture ?? hostArchitecture };
  const config = await put(
    mediaTypes.imageConfig,
    json({
      ...platform,
      created: image.created ?? '2026-01-01T00:00:00Z',
      config: {
        Cmd: ['/file'],
        Labels: { reference: image.reference },
        ...(image.env && { Env: image.env }),
      },
      ...(image.history && {
        history: image.history.map((step) => ({ created_by: step, empty_layer: true })),
      }),
      rootfs: { type: 'layers', diff_ids: diffIds },
    }),
  );
  const manifest = await putManifest(config, layers, put);
  return {
    configDigest: config.digest,
    manifestDigest: manifest.digest,
    layerDigests: layers.map(({ digest }) => digest),
    diffIds,
    top: image.attested === true ? await putIndex(manifest, platform, put) : manifest,
  };
}

function putManifest(config: Stored, layers: readonly Stored[], put: Put): Promise<Stored> {
  const mediaType = mediaTypes.imageManifest;
  return put(mediaType, json({ schemaVersion: 2, mediaType, config, layers }));
}

async function putIndex(manifest: Stored, platform: object, put: Put): Promise<Stored> {
  const unknown = { os: 'unknown', architecture: 'unknown' };
  const subject = [{ digest: manifest.digest }];
  const statement = {
    ...(await put('application/vnd.in-toto+json', json({ subject }))),
    annotations: { 'in-toto.io/predicate-type': 'https://spdx.dev/Document' },
  };
  const rootfs = { type: 'layers', diff_ids: [] };
  const config = await put(mediaTypes.imageConfig, json({ ...unknown, rootfs, subject }));
  const attestation = await putManifest(config, [statement], put);
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': manifest.digest,
  };
  const manifests = [
    { ...manifest, platform },
    { ...attestation, platform: unknown, annotations },
  ];
  const mediaType = mediaTypes.imageIndex;
  return put(mediaType, json({ schemaVersion: 2, mediaType, manifests }));
}

function compressed(
  plain: Buffer,
  compression: TestLayer['compression'],
): { mediaType: string; bytes: Buffer } {
  if (compression === undefined) return { mediaType: mediaTypes.layerTar, bytes: plain };
  if (compression === 'gzip') return { mediaType: mediaTypes.layerGzip, bytes: gzipSync(plain) };
  // With a checksum, which the exporter does not write, so that a layer compressed again would differ.
  const params = { [constants.ZSTD_c_checksumFlag]: 1 };
  return { mediaType: mediaTypes.layerZstd, bytes: zstdCompressSync(plain, { params }) };
}

function layerOf(files: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(files).flatMap(([path, text]) => {
    const content = Buffer.from(text);
    const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
    return [tarFileHeader(path, content.length, true, new Date(0)), content, padding];
  });
  return Buffer.concat([...entries, Buffer.alloc(1024)]);
}

function canonical(reference: string): string {
  if (!reference.includes('/')) return `docker.io/library/${reference}`;
  return /^[^/]*[.:][^/]*\//.test(reference) ? reference : `docker.io/${reference}`;
}

function digestOf(bytes: Buffer): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function json(document: object): Buffer {
  return Buffer.from(JSON.stringify(document));
}
