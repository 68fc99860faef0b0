import { type PackEntry, packTar } from '@bundle/archive';
import type { Engine, EngineInfo } from '@bundle/engine';
import {
  BundleError,
  type BundleImage,
  type Digest,
  digestOfBlobPath,
  hexOf,
  imagesOfAllPlatforms,
  type OnProgress,
  type Platform,
} from '@bundle/format';
import { type Extent, fileMissing, sizeMismatch, streamVerified } from '@bundle/store';
import type { OpenedBundle } from '@bundle/verify';
import {
  blobEntry,
  distinctLayers,
  documentsElsewhere,
  layoutHead,
  plainConfig,
  plainHead,
  plainLayer,
  readLayout,
} from './load-archive.ts';
import type { LoadStep } from './load-plan.ts';
import { omittedLayers } from './omitted.ts';
import { sendArchive } from './send-archive.ts';

/**
 * Fails with `part-missing` for an incremental bundle on media that come one after the other, if it has deltas, which are
 * turned into layers before anything is loaded, or if an older containerd store pulls it from an endpoint: that store
 * pulls blobs in its own order.
 */
export function checkTurns({ source, manifest }: OpenedBundle, info: EngineInfo): void {
  if (source.rest === undefined) return;
  const hasDeltas = manifest.deltas !== undefined && manifest.deltas.length > 0;
  const isPulled = !info.loadsPartially && omittedLayers(manifest).size > 0;
  if (!hasDeltas && !isPulled) return;
  throw new BundleError('part-missing', {
    operation: 'reading one medium after the other of',
    subject: source.path,
    expected: hasDeltas
      ? 'all parts at once, for a bundle with deltas of layers'
      : 'all parts at once, for an incremental bundle and the containerd store before Docker 28',
    found: 'missing parts',
    hint: 'Copy the parts into one folder, or name the folders of all media with --parts.',
  });
}

/**
 * Loads images from media that come one after the other, asking for each only once. The engine gets one archive in the
 * order of the bundle, and every blob is verified in passing, even if the engine has it. The archive is completed only
 * after the whole bundle was found to match its list; an engine loads nothing from an incomplete archive.
 */
export async function loadInTurn(
  engine: Engine,
  { readsZstd }: EngineInfo,
  opened: OpenedBundle,
  steps: readonly LoadStep[],
  {
    onProgress,
    signal,
    platform,
  }: {
    readonly onProgress: OnProgress;
    readonly signal: AbortSignal;
    readonly platform?: Platform;
  },
): Promise<void> {
  const { files } = opened.manifest;
  const totalBytes = files.reduce((sum, { path, size }) => sum + blobBytes(path, size), 0);
  let doneBytes = 0;
  const onBytes = (count: number): void => {
    signal.throwIfAborted();
    doneBytes = Math.min(totalBytes, doneBytes + count);
    onProgress({ phase: 'verifying and loading images', doneBytes, totalBytes });
  };
  const flat = flatten(steps);
  const images = flat.flatMap((step) => step.images);
  const layers = new Set(flat.flatMap((step) => [...step.layers]));
  const layout = await readLayout(opened);
  const head = readsZstd ? layoutHead(layout, images).entries : [plainHead(images)];
  const entryOf = readsZstd ? blobEntry : plainEntryOf(images);
  const entries = entriesInTurn(opened, head, layers, entryOf, onBytes);
  await sendArchive(engine, packTar(entries, onBytes), signal, platform);
}

type EntryOf = (digest: Digest, extent: Extent) => PackEntry | undefined;

async function* entriesInTurn(
  opened: OpenedBundle,
  head: readonly PackEntry[],
  layers: ReadonlySet<Digest>,
  entryOf: EntryOf,
  onBytes: (count: number) => void,
): AsyncGenerator<PackEntry> {
  const { source, manifest, whole = manifest } = opened;
  yield* head;
  const allLayers = distinctLayers(imagesOfAllPlatforms(whole));
  const elsewhere = documentsElsewhere(opened);
  const left = new Map(manifest.files.map((file) => [file.path, file]));
  for (const path of source.entries.keys()) left.delete(path);
  for await (const [path, extent] of source.rest?.() ?? []) {
    const file = left.get(path);
    const digest = digestOfBlobPath(path);
    if (file === undefined || digest === undefined) throw unlisted(source.path, path);
    left.delete(path);
    if (extent.size !== file.size) throw sizeMismatch(path, file.size, extent.size);
    // Blobs that are not layers are small and self-describing.
    const wanted = layers.has(digest) || !(allLayers.has(digest) || elsewhere.has(digest));
    const entry = wanted ? entryOf(digest, extent) : undefined;
    if (entry !== undefined) yield entry;
    else
      for await (const { length } of streamVerified(extent, hexOf(digest), path)) onBytes(length);
  }
  const [absent] = left.keys();
  if (absent !== undefined) throw fileMissing(source.path, absent);
}

function plainEntryOf(images: readonly BundleImage[]): EntryOf {
  const configs = new Set(images.map(({ imageId }) => imageId));
  const layers = distinctLayers(images);
  return (digest, extent) => {
    const layer = layers.get(digest);
    if (layer !== undefined) return plainLayer(layer, extent);
    return configs.has(digest) ? plainConfig(digest, extent) : undefined;
  };
}

function flatten(steps: readonly LoadStep[]): LoadStep[] {
  return steps.flatMap((step) => [step, ...flatten(step.next)]);
}

function blobBytes(path: string, size: number): number {
  return digestOfBlobPath(path) === undefined ? 0 : size;
}

function unlisted(bundle: string, path: string): BundleError {
  return new BundleError('file-unlisted', {
    operation: 'reading the bundle',
    subject: bundle,
    expected: 'the blobs that bundle.json lists, each once',
    found: path,
    hint: 'Nothing was loaded. Copy the bundle again from its source.',
  });
}
