import { createHash } from 'node:crypto';
import type { PackEntry } from '@bundle/archive';
import type { Digest } from '@bundle/format';
import { tarFileHeader } from '@bundle/store';

/** An image as an archive that `docker load` takes, and what it is known by. */
export interface ImageArchive {
  readonly archive: PackEntry[];
  readonly diffIds: readonly Digest[];
  readonly configDigest: Digest;
  readonly manifestDigest: Digest;
}

/** An image of plain tar layers. */
export function imageArchive(reference: string, layers: readonly Buffer[]): ImageArchive {
  const diffIds = layers.map(digestOf);
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const config = json({
    architecture,
    os: 'linux',
    created: '2026-01-01T00:00:00Z',
    config: {},
    rootfs: { type: 'layers', diff_ids: diffIds },
  });
  const type = 'application/vnd.oci.image';
  const manifest = json({
    schemaVersion: 2,
    mediaType: `${type}.manifest.v1+json`,
    config: { mediaType: `${type}.config.v1+json`, digest: digestOf(config), size: config.length },
    layers: layers.map((layer) => ({
      mediaType: `${type}.layer.v1.tar`,
      digest: digestOf(layer),
      size: layer.length,
    })),
  });
  const index = json({
    schemaVersion: 2,
    mediaType: `${type}.index.v1+json`,
    manifests: [
      {
        mediaType: `${type}.manifest.v1+json`,
        digest: digestOf(manifest),
        size: manifest.length,
        annotations: {
          'io.containerd.image.name': `docker.io/${reference}`,
          'org.opencontainers.image.ref.name': reference.split(':')[1] ?? 'latest',
        },
      },
    ],
  });
  const dockerManifest = json([
    { Config: blobPath(config), RepoTags: [reference], Layers: layers.map(blobPath) },
  ]);
  return {
    diffIds,
    configDigest: digestOf(config),
    manifestDigest: digestOf(manifest),
    archive: [
      entry('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
      entry('index.json', index),
      entry('manifest.json', dockerManifest),
      ...[config, manifest, ...layers].map((blob) => entry(blobPath(blob), blob)),
    ],
  };
}

/** A layer of one file. */
export function layerOf(name: string): Buffer {
  return layerWith(name, Buffer.alloc(512, `${name}\n`));
}

/** A layer of one file, whose content is whole blocks of 512 bytes. */
export function layerWith(name: string, content: Buffer): Buffer {
  const header = tarFileHeader(name, content.length, true, new Date(0));
  return Buffer.concat([header, content, Buffer.alloc(1024)]);
}

function digestOf(bytes: Buffer): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
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
