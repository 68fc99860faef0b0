import {
  BundleError,
  type BundleLayer,
  type Digest,
  digestOf,
  type ImageConfig,
  type ImageManifest,
  imageConfigSchema,
  imageIndexSchema,
  imageManifestSchema,
  mediaTypes,
  normalizeArchitecture,
  type Platform,
  parseBounded,
  runsOn,
} from '@bundle/format';
import { parseJson } from '../parse-json.ts';
import type { SentImages, StoredLayer } from './saved-images.ts';

/** An image as stored in the bundle. */
export interface AssembledImage {
  readonly imageId: Digest;
  readonly topDigest: Digest;
  readonly topMediaType: string;
  readonly manifestDigest: Digest;
  readonly platform: Platform;
  /** Config of the image; `imageId` is its digest. */
  readonly config: Buffer;
  readonly layers: readonly BundleLayer[];
  /** Small blobs to write beside the layers, by digest. */
  readonly documents: ReadonlyMap<Digest, Buffer>;
}

/**
 * Assembles an image from what was saved. The config's bytes always stay. Manifest and index stay too if all layers are
 * stored as they arrived, so that registry digests survive; otherwise a new manifest lists the stored layers.
 */
export function assembleImage(
  saved: SentImages,
  reference: string,
  engineId: Digest,
  platform: Platform | undefined,
): AssembledImage {
  const top = saved.documents.get(engineId);
  const kept = top === undefined ? undefined : manifestOf(saved, engineId, top, platform);
  const configDigest = kept?.manifest.config.digest ?? configDigestOf(saved, reference, engineId);
  const configBytes = saved.documents.get(configDigest);
  if (configBytes === undefined) throw notSent(reference, `its config ${configDigest}`);
  const config = parseBounded(imageConfigSchema, parseJson(configBytes.toString('utf8'))).data;
  if (config === undefined) throw notSent(reference, 'a valid image config');
  const diffIds = config.rootfs.diff_ids ?? [];
  const base = {
    imageId: configDigest,
    platform: platformOf(config),
    config: configBytes,
  };
  if (kept?.manifest.layers.every(({ digest }) => isKept(saved, digest))) {
    const layers = kept.manifest.layers.map((descriptor, index): BundleLayer => {
      const layer = layerOf(saved, descriptor.digest, reference);
      const diffId = diffIds[index];
      if (diffId === undefined) throw notSent(reference, 'as many diff IDs as layers');
      return { ...layer, mediaType: descriptor.mediaType, diffId };
    });
    const documents = new Map([...kept.documents, [configDigest, configBytes]]);
    return {
      ...base,
      topDigest: engineId,
      topMediaType: kept.topMediaType,
      manifestDigest: kept.digest,
      layers,
      documents,
    };
  }
  const layers = diffIds.map((diffId, index): BundleLayer => {
    const arrived = kept?.manifest.layers[index]?.digest ?? diffId;
    return { ...layerOf(saved, arrived, reference), diffId };
  });
  return withConfig({ ...base, layers }, configBytes);
}

/** Returns an image of these layers with this config, under a new manifest. */
export function withConfig(
  image: Pick<AssembledImage, 'platform' | 'layers'>,
  config: Buffer,
): AssembledImage {
  const imageId = digestOf(config);
  const layers = image.layers.map((layer) => ({ ...layer, mediaType: ociType(layer.mediaType) }));
  const manifest = Buffer.from(JSON.stringify(newManifest(imageId, config, layers)));
  const manifestDigest = digestOf(manifest);
  return {
    ...image,
    layers,
    config,
    imageId,
    topDigest: manifestDigest,
    topMediaType: mediaTypes.imageManifest,
    manifestDigest,
    documents: new Map([
      [imageId, config],
      [manifestDigest, manifest],
    ]),
  };
}

/**
 * Converts Docker's media types of layers to OCI ones. BuildKit writes Docker's type for zstd, which containerd 1.7
 * (Docker 26) does not know.
 */
function ociType(mediaType: string): string {
  const compression = /^application\/vnd\.docker\.image\.rootfs\.diff\.tar(?:\.(gzip|zstd))?$/.exec(
    mediaType,
  );
  if (compression === null) return mediaType;
  return [mediaTypes.layerTar, ...compression.slice(1).filter(Boolean)].join('+');
}

interface KeptManifest {
  readonly digest: Digest;
  readonly manifest: ImageManifest;
  readonly topMediaType: string;
  readonly documents: ReadonlyMap<Digest, Buffer>;
}

/** Finds the image manifest for the platform at `digest`, which may be an image index. */
function manifestOf(
  saved: SentImages,
  digest: Digest,
  bytes: Buffer,
  platform: Platform | undefined,
): KeptManifest | undefined {
  const document = parseJson(bytes.toString('utf8'));
  const { data: manifest } = parseBounded(imageManifestSchema, document);
  if (manifest !== undefined) {
    const topMediaType = manifest.mediaType ?? mediaTypes.imageManifest;
    return { digest, manifest, topMediaType, documents: new Map([[digest, bytes]]) };
  }
  const { data: index } = parseBounded(imageIndexSchema, document);
  if (index === undefined) return undefined;
  for (const child of index.manifests) {
    const childBytes = saved.documents.get(child.digest);
    if (childBytes === undefined || child.annotations?.['vnd.docker.reference.type']) continue;
    const { os, architecture, variant } = child.platform ?? {};
    const own =
      os === undefined || architecture === undefined
        ? undefined
        : { os, architecture, ...(variant === undefined ? {} : { variant }) };
    if (platform !== undefined && own !== undefined && !runsOn(own, platform)) continue;
    const found = manifestOf(saved, child.digest, childBytes, platform);
    if (found === undefined) continue;
    const topMediaType = index.mediaType ?? mediaTypes.imageIndex;
    const documents = new Map([
      [digest, bytes],
      ...found.documents,
      ...attestationsOf(saved, index.manifests, child.digest),
    ]);
    return { ...found, topMediaType, documents };
  }
  return undefined;
}

/** Returns the provenance and SBOM manifests that BuildKit attached to an image, with their statements. */
function attestationsOf(
  saved: SentImages,
  manifests: readonly { digest: Digest; annotations?: Record<string, string> | undefined }[],
  subject: Digest,
): [Digest, Buffer][] {
  return manifests
    .filter(({ annotations }) => annotations?.['vnd.docker.reference.digest'] === subject)
    .flatMap(({ digest }) => {
      const bytes = saved.documents.get(digest);
      if (bytes === undefined) return [];
      const { data } = parseBounded(imageManifestSchema, parseJson(bytes.toString('utf8')));
      if (data === undefined) return [];
      const parts = [data.config, ...data.layers].map((part): [Digest, Buffer | undefined] => [
        part.digest,
        saved.documents.get(part.digest),
      ]);
      const present = parts.filter((part): part is [Digest, Buffer] => part[1] !== undefined);
      return [[digest, bytes] satisfies [Digest, Buffer], ...present];
    });
}

function newManifest(
  config: Digest,
  configBytes: Buffer,
  layers: readonly BundleLayer[],
): ImageManifest {
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.imageManifest,
    config: { mediaType: mediaTypes.imageConfig, digest: config, size: configBytes.length },
    layers: layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
  };
}

/**
 * Returns the digest of the config. With graph drivers it is the engine's ID; otherwise the source must name the
 * config.
 */
function configDigestOf(saved: SentImages, reference: string, engineId: Digest): Digest {
  if (saved.documents.has(engineId)) return engineId;
  const digest = saved.configs.get(reference);
  if (digest === undefined) throw notSent(reference, 'its config');
  return digest;
}

function isKept(saved: SentImages, digest: Digest): boolean {
  return saved.layers.get(digest)?.digest === digest;
}

function layerOf(saved: SentImages, digest: Digest, reference: string): StoredLayer {
  const layer = saved.layers.get(digest);
  if (layer === undefined) throw notSent(reference, `its layer ${digest}`);
  return layer;
}

function platformOf({ os, architecture, variant }: ImageConfig): Platform {
  return {
    os,
    architecture: normalizeArchitecture(architecture),
    ...(variant === undefined || variant === '' ? {} : { variant }),
  };
}

function notSent(reference: string, expected: string): BundleError {
  return new BundleError('engine-failed', {
    operation: 'reading images of the engine',
    subject: reference,
    expected,
    found: 'an image without it',
    hint: 'The engine may have only a part of the image (another platform, or an interrupted pull): pull or build it again.',
  });
}
