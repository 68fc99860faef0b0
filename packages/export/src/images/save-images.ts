import { largeDocument } from '@bundle/archive';
import type { Engine, EngineImage } from '@bundle/engine';
import { BundleError, type Digest, type OnProgress, type Platform } from '@bundle/format';
import type { BundleWriter } from '@bundle/store';
import type { PlannedImage } from '../application/application.ts';
import type { WrittenBlob } from '../bundle/head.ts';
import type { NamedImage } from '../bundle/layout-files.ts';
import { copyCached } from './cache/copy-cached.ts';
import type { LayerCache } from './cache/layer-cache.ts';
import type { Omission } from './omission.ts';
import { readSavedArchive, type SavedArchive } from './saved-archive.ts';
import type { StoredLayer } from './stored-layer.ts';

export interface SaveOptions {
  /** Default: all that the engine has. */
  readonly platform?: Platform;
  readonly omission: Omission;
  /** Known layers; absent: everything is asked of the engine and compressed. */
  readonly cache?: LayerCache | undefined;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/**
 * An engine gathers all layers of a `docker save` on one core before it sends the first byte, so images on separate
 * base images are asked for at once, and read one stream after the other.
 */
export async function saveAll(
  engine: Engine,
  planned: readonly PlannedImage[],
  images: readonly EngineImage[],
  writer: BundleWriter,
  { platform, omission, cache, onProgress, signal }: SaveOptions,
): Promise<SavedArchive> {
  const expected = estimateSavedBytes(images);
  let before = 0;
  const progress = (count: number): void => {
    const doneBytes = before + count;
    onProgress({ phase: 'saving images', doneBytes, totalBytes: Math.max(expected, doneBytes) });
  };
  progress(0);
  const groups = groupByBase(planned, images);
  const keys = await groupKeys(engine, groups, planned, images, platform);
  const cached = await Promise.all(
    keys.map((key) => cache?.archive(key, (arrived) => !omission.omits(arrived))),
  );
  const streams = groups.map((group, index) =>
    cached[index] === undefined ? engine.saveImages(group, platform, signal) : undefined,
  );
  // A stream that fails is met when its turn comes.
  for (const stream of streams) stream?.catch(() => undefined);
  try {
    const archives: SavedArchive[] = [];
    for (let index = 0; index < groups.length; ) {
      const known = cached.slice(index, firstUnknown(cached, index));
      const written = await writeCached(known, writer, { omission, cache, onProgress, signal });
      archives.push(...written);
      index += written.length;
      const group = groups[index];
      if (group === undefined) break;
      const stream = streams[index] ?? engine.saveImages(group, platform, signal);
      const read = { omission, cache };
      const archive = await readSavedArchive(await stream, writer, read, progress, signal);
      archives.push(archive);
      await cache?.keepArchive(keys[index] ?? '', archive);
      before = archives.reduce((sum, { bytes }) => sum + bytes, 0);
      index += 1;
    }
    return mergeArchives(archives);
  } finally {
    for (const stream of streams) void stream?.then((s) => s.destroy()).catch(() => undefined);
  }
}

/** All that decides what an engine sends, and in which order. */
async function groupKeys(
  engine: Engine,
  groups: readonly (readonly string[])[],
  planned: readonly PlannedImage[],
  images: readonly EngineImage[],
  platform: Platform | undefined,
): Promise<string[]> {
  const { version, store } = await engine.info();
  const ids = new Map(planned.map(({ source }, index) => [source, images[index]?.id]));
  return groups.map((group) =>
    JSON.stringify([version, store, platform, group.map((name) => [name, ids.get(name)])]),
  );
}

function firstUnknown(cached: readonly (SavedArchive | undefined)[], from: number): number {
  const index = cached.indexOf(undefined, from);
  return index === -1 ? cached.length : index;
}

/** Writes what the engine would have sent: all archives before the first one with a layer that is damaged in the cache. */
async function writeCached(
  archives: readonly (SavedArchive | undefined)[],
  writer: BundleWriter,
  { omission, cache, onProgress, signal }: SaveOptions,
): Promise<SavedArchive[]> {
  const planned = archives
    .filter((archive) => archive !== undefined)
    .map((archive) => planCached(archive, omission));
  const layers = planned.flatMap(({ toCopy }) => toCopy);
  const totalBytes = layers.reduce((sum, { size }) => sum + size, 0);
  let doneBytes = 0;
  const onBytes = (count: number): void => {
    doneBytes += count;
    onProgress({ phase: 'copying known layers', doneBytes, totalBytes });
  };
  let copied = await copyCached(layers, cache, writer, { onBytes, signal });
  const written: SavedArchive[] = [];
  for (const { archive, toCopy } of planned) {
    copied -= toCopy.length;
    if (copied < 0) break;
    written.push(archive);
  }
  return written;
}

function planCached(
  archive: SavedArchive,
  omission: Omission,
): { readonly archive: SavedArchive; readonly toCopy: readonly StoredLayer[] } {
  const layers = new Map<Digest, StoredLayer>();
  const omitted = new Set<Digest>();
  const toCopy: StoredLayer[] = [];
  for (const [arrived, layer] of archive.layers) {
    const stored = omission.stored(arrived) ?? layer;
    layers.set(arrived, stored);
    if (omission.omits(arrived)) omitted.add(stored.digest);
    else toCopy.push(layer);
  }
  const reused = new Set(toCopy.map(({ digest }) => digest));
  return { archive: { ...archive, layers, omitted, reused, bytes: 0 }, toCopy };
}

function groupByBase(planned: readonly PlannedImage[], images: readonly EngineImage[]): string[][] {
  const groups = new Map<string, string[]>();
  planned.forEach(({ source }, index) => {
    const base = images[index]?.diffIds[0] ?? source;
    groups.set(base, [...(groups.get(base) ?? []), source]);
  });
  return [...groups.values()];
}

function mergeArchives(archives: readonly SavedArchive[]): SavedArchive {
  return {
    layers: new Map(archives.flatMap(({ layers }) => [...layers])),
    documents: new Map(archives.flatMap(({ documents }) => [...documents])),
    omitted: new Set(archives.flatMap(({ omitted }) => [...omitted])),
    reused: new Set(archives.flatMap(({ reused }) => [...reused])),
    dockerManifest: archives.flatMap(({ dockerManifest }) => dockerManifest),
    bytes: archives.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Images that share layers are sent once; without sizes of layers, the largest of those that share counts. */
function estimateSavedBytes(images: readonly EngineImage[]): number {
  const byBase = new Map<string, number>();
  for (const { diffIds, size } of images) {
    const base = diffIds[0] ?? '';
    byBase.set(base, Math.max(byBase.get(base) ?? 0, size));
  }
  return [...byBase.values()].reduce((sum, size) => sum + size, 0);
}

/** Configs and manifests follow the layers; the result lists all blobs in archive order. */
export async function writeDocuments(
  writer: BundleWriter,
  saved: SavedArchive,
  named: readonly NamedImage[],
): Promise<WrittenBlob[]> {
  const used = new Set(named.flatMap(({ image }) => image.layers.map(({ digest }) => digest)));
  const blobs = new Map<string, WrittenBlob>();
  for (const { digest, size, mediaType } of saved.layers.values()) {
    if (saved.omitted.has(digest)) continue;
    if (!used.has(digest) && mediaType !== largeDocument) throw unusedLayer(digest);
    blobs.set(digest, { digest, size });
  }
  const documents = new Map(named.flatMap(({ image }) => [...image.documents]));
  for (const [digest, bytes] of [...documents].sort(([a], [b]) => (a < b ? -1 : 1))) {
    await writer.appendToBlob(bytes);
    await writer.endBlob(digest, bytes.length);
    blobs.set(digest, { digest, size: bytes.length });
  }
  return [...blobs.values()];
}

function unusedLayer(digest: string): BundleError {
  return new BundleError('engine-failed', {
    operation: 'reading the image archive of the engine',
    subject: digest,
    expected: 'only layers of the images that were asked for',
    found: 'one that no image uses',
    hint: 'The engine may hold the image for several platforms: name one with --platform.',
  });
}
