import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type FramedLayer, frameLayer, openLayerFile, writeHashed } from '@bundle/archive';
import { applyDelta } from '@bundle/delta';
import type { Engine, EngineImage, EngineInfo } from '@bundle/engine';
import { takeLayers } from '@bundle/engine/take-layers';
import { ioError, withScratch, writeAll } from '@bundle/files';
import {
  BundleError,
  type BundleLayer,
  type BundleManifest,
  blobPath,
  byteCounter,
  type Digest,
  hexOf,
  reasonOf,
  systemErrorCode,
  type WorkOptions,
} from '@bundle/format';
import { requireEntry, streamVerified } from '@bundle/store';
import type { OpenedBundle } from '@bundle/verify';
import {
  ancestorsOf,
  formFor,
  type Load,
  type MadeLayer,
  type NeededDelta,
  withMade,
} from './plan.ts';

export interface MakeOptions extends WorkOptions {
  /** Images of the engine. */
  readonly present: readonly EngineImage[];
  /** Where to put temporary files. */
  readonly scratch: string;
}

/**
 * Makes the layers of deltas from old layers of the engine, in temporary files, then does `work` with the bundle as if it
 * had these layers. Every layer is checked before `work` begins. Fails with `base-damaged` or `delta-invalid`.
 */
export async function withMadeLayers(
  engine: Engine,
  info: EngineInfo,
  load: Load,
  needed: readonly NeededDelta[],
  options: MakeOptions,
  work: (load: Load) => Promise<void>,
): Promise<void> {
  await withScratch(options.scratch, async (folder) => {
    const made = await makeLayers(engine, info, load.opened, needed, folder, options).catch(
      (error: unknown) => {
        throw ioError(error, 'making layers in', folder, 'state-unwritable');
      },
    );
    await work(withMade(load, made));
  });
}

async function makeLayers(
  engine: Engine,
  info: EngineInfo,
  opened: OpenedBundle,
  needed: readonly NeededDelta[],
  folder: string,
  { present, onProgress, signal }: MakeOptions,
): Promise<MadeLayer[]> {
  const wanted = ancestorsOf(needed);
  const olds = await takeLayers(engine, present, wanted, folder, { onProgress, signal });
  for (const diffId of wanted.keys())
    if (!olds.has(diffId)) throw baseDamaged(opened.manifest, diffId);
  const totalBytes = needed.reduce((sum, { layer }) => sum + layer.unpackedSize, 0);
  const onBytes = byteCounter(onProgress, 'making layers', totalBytes);
  const made: MadeLayer[] = [];
  for (const one of needed) {
    const file = join(folder, `made-${made.length}`);
    const as = formFor(info.store, one.layer);
    await makeLayer(opened, one, as, olds, file, { onBytes, signal });
    made.push({ digest: one.layer.digest, as, file });
  }
  // What is deleted soon need not be written to the disk, where the engine is about to write.
  for (const old of olds.values()) await rm(old);
  return made;
}

async function makeLayer(
  opened: OpenedBundle,
  { delta, layer }: NeededDelta,
  as: BundleLayer,
  olds: ReadonlyMap<Digest, string>,
  file: string,
  { onBytes, signal }: { readonly onBytes: (count: number) => void; readonly signal: AbortSignal },
): Promise<void> {
  const path = blobPath(delta.blob);
  const stored = streamVerified(requireEntry(opened.source, path), hexOf(delta.blob), path);
  const old = await Promise.all(
    delta.from.map(({ diffId }) => openLayerFile(olds.get(diffId) ?? '')),
  );
  const found = async (): Promise<Pick<FramedLayer, 'diffId' | 'digest'>> => {
    const limits = { size: layer.unpackedSize, signal };
    const plain = bounded(applyDelta(old, stored, limits), layer.unpackedSize, onBytes);
    if (as.digest === layer.diffId) {
      const { digest } = await writeHashed(file, plain);
      return { diffId: digest, digest };
    }
    const handle = await open(file, 'wx', 0o600);
    try {
      return await frameLayer(plain, (frame) => writeAll(handle, frame));
    } finally {
      await handle.close();
    }
  };
  try {
    const { diffId, digest } = await found().catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof BundleError || isOfSystem(error)) throw error;
      throw deltaInvalid(opened, `layer ${layer.diffId}`, reasonOf(error), error);
    });
    if (diffId !== layer.diffId)
      throw deltaInvalid(opened, `layer ${layer.diffId}`, `layer ${diffId}`);
    if (digest !== as.digest) throw otherFrames(opened, as.digest, digest);
  } finally {
    await Promise.all(old.map((one) => one.close()));
  }
}

/** Tells whether the system reported a failure of a read or write (errno(3)), in contrast to Node or zlib. */
function isOfSystem(error: unknown): boolean {
  return /^E[A-Z0-9]+$/.test(systemErrorCode(error) ?? '');
}

/** Passes on at most `most` bytes: whatever makes them, a disk is not filled with more than preflight has counted. */
async function* bounded(
  content: AsyncIterable<Uint8Array>,
  most: number,
  onBytes: (count: number) => void,
): AsyncGenerator<Uint8Array> {
  let left = most;
  for await (const chunk of content) {
    left -= chunk.length;
    if (left < 0) throw new RangeError(`more than the ${most} bytes of the layer`);
    onBytes(chunk.length);
    yield chunk;
  }
}

const bringWhole =
  'No image was changed. Bring a bundle with whole layers: export it again with --no-delta.';

function baseDamaged(manifest: BundleManifest, diffId: Digest): BundleError {
  return new BundleError('base-damaged', {
    operation: 'reading an old layer of the engine for',
    subject: `${manifest.product} ${manifest.version}`,
    expected: `the layer ${diffId}`,
    found: 'no layer with these bytes',
    hint: bringWhole,
  });
}

function deltaInvalid(
  { manifest }: OpenedBundle,
  expected: string,
  found: string,
  cause?: unknown,
): BundleError {
  return new BundleError('delta-invalid', {
    operation: 'making a layer of',
    subject: `${manifest.product} ${manifest.version}`,
    expected,
    found,
    hint: bringWhole,
    cause,
  });
}

/** Another release of zstd may compress the same layer into other bytes. */
function otherFrames({ manifest }: OpenedBundle, expected: Digest, found: Digest): BundleError {
  return new BundleError('delta-invalid', {
    operation: 'compressing a layer of',
    subject: `${manifest.product} ${manifest.version}`,
    expected: `the blob ${expected}`,
    found: `${found}, made by zstd ${process.versions['zstd'] ?? 'of an unknown version'}`,
    hint: `${bringWhole} Or import with the release of this command that made the bundle.`,
  });
}
