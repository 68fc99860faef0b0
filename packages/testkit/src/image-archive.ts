import { type PackEntry, packTar } from '@bundle/archive';
import type { Engine } from '@bundle/engine';
import { type Digest, digestOf, mediaTypes } from '@bundle/format';
import { tarFileHeader } from '@bundle/store';

/** An image as an archive for `docker load`, with its identifiers. */
export interface ImageArchive {
  readonly archive: PackEntry[];
  readonly diffIds: readonly Digest[];
  readonly configDigest: Digest;
  readonly manifestDigest: Digest;
}

/** Makes an image of plain tar layers. */
export function imageArchive(reference: string, layers: readonly Buffer[]): ImageArchive {
  const diffIds = layers.map((layer) => digestOf(layer));
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const config = json({
    architecture,
    os: 'linux',
    created: '2026-01-01T00:00:00Z',
    config: {},
    rootfs: { type: 'layers', diff_ids: diffIds },
  });
  return {
    diffIds,
    configDigest: digestOf(config),
    manifestDigest: digestOf(manifestOf(config, layers)),
    archive: packImages([{ reference, config, layers }]),
  };
}

/** An image as bytes: the config, and plain tar layers, bottom first. */
export interface RawImage {
  readonly reference: string;
  readonly config: Buffer;
  readonly layers: readonly Buffer[];
}

/** Makes one archive of several images, as written by `docker save` since version 25. */
export function packImages(images: readonly RawImage[]): PackEntry[] {
  const manifests = images.map(({ reference, config, layers }) => {
    const manifest = manifestOf(config, layers);
    return {
      mediaType: mediaTypes.imageManifest,
      digest: digestOf(manifest),
      size: manifest.length,
      annotations: {
        'io.containerd.image.name': `docker.io/${reference}`,
        'org.opencontainers.image.ref.name': reference.split(':')[1] ?? 'latest',
      },
    };
  });
  const dockerManifest = images.map(({ reference, config, layers }) => ({
    Config: blobPath(config),
    RepoTags: [reference],
    Layers: layers.map(blobPath),
  }));
  const blobs = images.flatMap(({ config, layers }) => [
    config,
    manifestOf(config, layers),
    ...layers,
  ]);
  const index = { schemaVersion: 2, mediaType: mediaTypes.imageIndex, manifests };
  return [
    entry('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
    entry('index.json', json(index)),
    entry('manifest.json', json(dockerManifest)),
    ...[...new Map(blobs.map((blob) => [blobPath(blob), blob]))].map(([path, blob]) =>
      entry(path, blob),
    ),
  ];
}

function manifestOf(config: Buffer, layers: readonly Buffer[]): Buffer {
  const descriptor = (mediaType: string, blob: Buffer) => ({
    mediaType,
    digest: digestOf(blob),
    size: blob.length,
  });
  return json({
    schemaVersion: 2,
    mediaType: mediaTypes.imageManifest,
    config: descriptor(mediaTypes.imageConfig, config),
    layers: layers.map((layer) => descriptor(mediaTypes.layerTar, layer)),
  });
}

export async function loadImage(engine: Engine, { archive }: ImageArchive): Promise<void> {
  const stream = packTar(archive, () => undefined);
  await engine.loadImages(stream, new AbortController().signal);
}

/** Makes a layer of one file. */
export function layerOf(name: string): Buffer {
  return layerWith(name, Buffer.alloc(512, `${name}\n`));
}

/** Makes a layer of one file whose content fills whole blocks of 512 bytes. */
export function layerWith(name: string, content: Buffer): Buffer {
  const header = tarFileHeader(name, content.length, true, new Date(0));
  return Buffer.concat([header, content, Buffer.alloc(1024)]);
}

function blobPath(bytes: Buffer): string {
  return `blobs/sha256/${digestOf(bytes).slice('sha256:'.length)}`;
}

function json(document: object): Buffer {
  return Buffer.from(JSON.stringify(document));
}

function entry(path: string, content: Buffer): PackEntry {
  return { path, size: content.length, content };
}
