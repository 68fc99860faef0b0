import type { Readable } from 'node:stream';
import { type PackEntry, packTar, unzstd } from '@bundle/archive';
import {
  BundleError,
  type BundleImage,
  type BundleLayer,
  type BundleManifest,
  blobPath,
  type Descriptor,
  type Digest,
  digestOf,
  dockerManifestOf,
  hexOf,
  type ImageIndex,
  imageIndexOf,
  imageIndexSchema,
  imageManifestSchema,
  imagesOfAllPlatforms,
  layoutBlobPath,
  limits,
  mediaTypes,
  ociLayoutText,
  parseBounded,
  parseJson,
  paths,
  type TopDocument,
} from '@bundle/format';
import {
  type BundleSource,
  digestMismatch,
  type Extent,
  readExtent,
  requireEntry,
  streamVerified,
} from '@bundle/store';
import type { OpenedBundle } from '@bundle/verify';
import type { LoadStep } from './load-plan.ts';

/** Source of the archive for a load. Only bundle.json determines which images there are. */
export interface ImageLayout {
  readonly source: BundleSource;
  /** Media type and size of each image's top document. */
  readonly topOf: (topDigest: Digest) => TopDocument;
  /** Documents that an engine does not get. */
  readonly elsewhere: ReadonlySet<Digest>;
}

/**
 * Reads the media types of the images' top documents from the layout's index. Fails with `digest-mismatch` if the index
 * has changed since it was verified.
 */
export async function readLayout(opened: OpenedBundle): Promise<ImageLayout> {
  const { source, manifest } = opened;
  const types = new Map<string, string>();
  for (const { digest, mediaType } of (await readIndex(source, manifest)).manifests) {
    types.set(digest, mediaType);
  }
  const sizes = new Map(manifest.files.map(({ path, size }) => [path, size]));
  const topOf = (digest: Digest): TopDocument => ({
    mediaType: types.get(digest) ?? mediaTypes.imageManifest,
    size: sizes.get(blobPath(digest)) ?? 0,
  });
  return { source, topOf, elsewhere: documentsElsewhere(opened) };
}

/** Returns the documents that are no engine's business: those of other platforms, and what refers to images. */
export function documentsElsewhere({ manifest, whole }: OpenedBundle): Set<Digest> {
  const documents = ({ manifestDigest, imageId }: BundleImage): Digest[] => [
    manifestDigest,
    imageId,
  ];
  const found = new Set(whole === undefined ? [] : imagesOfAllPlatforms(whole).flatMap(documents));
  for (const { digest, blobs } of manifest.referrers ?? [])
    for (const one of [digest, ...blobs.map((blob) => blob.digest)]) found.add(one);
  // Whatever else a bundle says of them.
  for (const image of manifest.images)
    for (const one of [image.topDigest, ...documents(image)]) found.delete(one);
  return found;
}

async function readIndex(source: BundleSource, { files }: BundleManifest): Promise<ImageIndex> {
  const path = paths.imageIndex;
  const sha256 = files.find((file) => file.path === path)?.sha256 ?? '';
  const parsed = parseBounded(
    imageIndexSchema,
    await readDocument(requireEntry(source, path), sha256, path, limits.maxBundleManifestBytes),
  );
  if (parsed.data !== undefined) return parsed.data;
  const found = parsed.issues.map(({ message }) => message).join('; ');
  throw invalidLayout(source.path, `a valid ${path}`, found);
}

function invalidLayout(subject: string, expected: string, found: string): BundleError {
  return new BundleError('manifest-invalid', {
    operation: 'reading the image layout of',
    subject,
    expected,
    found,
    hint: 'The bundle was not made by `bundle export`: get it again from its source.',
  });
}

/** Reads a JSON document again; fails with `digest-mismatch` if its bytes are not the verified ones. */
async function readDocument(
  extent: Extent,
  sha256: string,
  path: string,
  maxBytes: number,
): Promise<unknown> {
  const bytes = await readExtent(extent, maxBytes, path);
  const found = hexOf(digestOf(bytes));
  if (found !== sha256) throw digestMismatch(path, sha256, found);
  return parseJson(bytes);
}

/**
 * Creates the archive for `docker load`: image layout and `manifest.json` of these images only. Every blob is hashed
 * again as it is sent. Engines that cannot read zstd get uncompressed layers in Docker's older form.
 */
export async function loadArchive(
  layout: ImageLayout,
  step: LoadStep,
  readsZstd: boolean,
  onBytes: (count: number) => void,
): Promise<Readable> {
  const entries = readsZstd ? await layoutEntries(layout, step) : plainEntries(layout, step);
  return packTar(entries, onBytes);
}

async function layoutEntries(layout: ImageLayout, step: LoadStep): Promise<PackEntry[]> {
  const { manifests, entries } = layoutHead(layout, step.images);
  const layers = new Set(step.images.flatMap((image) => image.layers.map(({ digest }) => digest)));
  const skipped = new Set([...layers, ...layout.elsewhere]);
  const documents = await documentsBelow(layout.source, manifests, skipped);
  return [
    ...entries,
    ...[...documents, ...step.layers].map((digest) => blob(layout.source, digest)),
  ];
}

/** Creates the entries that name the images of an archive, and returns their top descriptors. */
export function layoutHead(
  { topOf }: ImageLayout,
  images: readonly BundleImage[],
): { manifests: readonly Descriptor[]; entries: PackEntry[] } {
  const index = imageIndexOf(images, topOf);
  const entries = [
    text('oci-layout', ociLayoutText),
    text('index.json', JSON.stringify(index)),
    text('manifest.json', JSON.stringify(dockerManifestOf(images))),
  ];
  return { manifests: index.manifests, entries };
}

/** Finds every blob that is reachable from a top-level descriptor, if the bundle has it; not those to skip, such as layers. */
async function documentsBelow(
  source: BundleSource,
  tops: readonly Descriptor[],
  skipped: ReadonlySet<Digest>,
): Promise<Set<Digest>> {
  const found = new Set<Digest>();
  const queue = [...tops];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const extent = source.entries.get(blobPath(next.digest));
    if (extent === undefined || found.has(next.digest) || skipped.has(next.digest)) continue;
    found.add(next.digest);
    if (!isParent(next.mediaType)) continue;
    const path = blobPath(next.digest);
    const max = limits.maxImageJsonBytes;
    queue.push(...childrenOf(path, await readDocument(extent, hexOf(next.digest), path, max)));
  }
  return found;
}

function isParent(mediaType: string): boolean {
  return /\.(index|manifest(\.list)?)\.v\d/.test(mediaType);
}

function childrenOf(path: string, document: unknown): Descriptor[] {
  const { data: index } = parseBounded(imageIndexSchema, document);
  if (index !== undefined) return index.manifests;
  const { data: manifest } = parseBounded(imageManifestSchema, document);
  if (manifest !== undefined) return [manifest.config, ...manifest.layers];
  throw invalidLayout(path, 'an image index or an image manifest', 'another document');
}

/** Creates entries in Docker's older form, for engines that cannot read zstd. */
function plainEntries({ source }: ImageLayout, { images, layers }: LoadStep): PackEntry[] {
  const configs = [...new Set(images.map(({ imageId }) => imageId))].map((digest) =>
    plainConfig(digest, requireEntry(source, blobPath(digest))),
  );
  const plain = [...distinctLayers(images).values()]
    .filter(({ digest }) => layers.has(digest))
    .map((layer) => plainLayer(layer, requireEntry(source, blobPath(layer.digest))));
  return [...configs, ...plain, plainHead(images)];
}

export function distinctLayers(images: readonly BundleImage[]): ReadonlyMap<Digest, BundleLayer> {
  return new Map(images.flatMap(({ layers }) => layers.map((layer) => [layer.digest, layer])));
}

export function plainHead(images: readonly BundleImage[]): PackEntry {
  const manifest = images.map((image) => ({
    Config: `${hexOf(image.imageId)}.json`,
    RepoTags: [image.reference],
    Layers: image.layers.map(plainPath),
  }));
  return text('manifest.json', JSON.stringify(manifest));
}

function plainPath({ diffId }: BundleLayer): string {
  return `${hexOf(diffId)}/layer.tar`;
}

export function plainConfig(digest: Digest, extent: Extent): PackEntry {
  return { ...blobEntry(digest, extent), path: `${hexOf(digest)}.json` };
}

export function plainLayer(layer: BundleLayer, extent: Extent): PackEntry {
  const path = plainPath(layer);
  const stored = blobEntry(layer.digest, extent);
  // Docker before 23 reads gzip itself; it checks the digest of the uncompressed bytes either way.
  if (layer.mediaType !== mediaTypes.layerZstd) return { ...stored, path };
  const { content } = stored;
  if (layer.unpackedSize === undefined) {
    throw new BundleError('engine-too-old', {
      operation: 'loading layer',
      subject: layer.digest,
      expected: 'an engine that reads zstd layers (Docker 23 or later)',
      found: 'an older one',
      hint: 'Update the engine on this host.',
    });
  }
  return { path, size: layer.unpackedSize, content: () => unzstd(content()) };
}

function blob(source: BundleSource, digest: Digest): PackEntry {
  return blobEntry(digest, requireEntry(source, blobPath(digest)));
}

export function blobEntry(
  digest: Digest,
  extent: Extent,
): PackEntry & { content: () => AsyncIterable<Buffer> } {
  return {
    path: layoutBlobPath(digest),
    size: extent.size,
    content: () => streamVerified(extent, hexOf(digest), blobPath(digest)),
  };
}

function text(path: string, content: string): PackEntry {
  const bytes = Buffer.from(content);
  return { path, size: bytes.length, content: bytes };
}
