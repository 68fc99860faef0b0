import { availableParallelism } from 'node:os';
import type { Engine, EngineInfo } from '@bundle/engine';
import {
  BundleError,
  type BundleImage,
  type BundleManifest,
  formatPlatform,
  type OnProgress,
  paths,
  runsOn,
} from '@bundle/format';
import { integrityError, type OpenedBundle, openManifest, verifyOpened } from '@bundle/verify';
import pLimit, { type LimitFunction } from 'p-limit';
import { loadArchive, readLayout } from './load-archive.ts';
import { isSameImage, type LoadStep, layerBytes, planLoads, sentBytes } from './load-plan.ts';
import { startCommands } from './start-commands.ts';
import {
  checkState,
  isCurrent,
  type ProductState,
  productState,
  stageRelease,
  switchCurrent,
  withLock,
} from './state.ts';

export interface ImportOptions {
  readonly bundle: string;
  /** Absolute path of the state folder. */
  readonly stateDir: string;
  /** Verify and plan only: nothing is changed. */
  readonly dryRun: boolean;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
  /** Asked once everything is verified, before the engine is changed; false stops without a change. */
  readonly confirm?: (preview: ImportPreview) => Promise<boolean>;
}

export interface ImportPreview {
  readonly manifest: BundleManifest;
  readonly engine: string;
  readonly images: readonly {
    readonly reference: string;
    readonly action: 'load' | 'already there';
    /** Stored bytes that will be sent to the engine. */
    readonly bytes: number;
  }[];
}

export interface ImportReport extends ImportPreview {
  readonly outcome: 'imported' | 'already imported' | 'declined' | 'previewed';
  readonly digest: string;
  /** Folder that holds the release's files, and the link that names the current release. */
  readonly releaseDir: string;
  readonly currentLink: string;
  /** Commands that start the application, one a line, ready to paste. */
  readonly startCommands: readonly string[];
  readonly sentBytes: number;
  readonly seconds: number;
}

/**
 * Verifies a bundle, loads what the engine lacks, checks what arrived, and stages the release's files.
 * Nothing of engine or state changes before the whole of what is to be used is verified.
 */
export async function importBundle(engine: Engine, options: ImportOptions): Promise<ImportReport> {
  const started = performance.now();
  const opened = await openManifest(options.bundle);
  const { manifest, digest } = opened;
  const info = await engine.info();
  checkPlatform(manifest, info);
  const state = productState(options.stateDir, manifest, digest);
  if (!options.dryRun) await checkState(state);
  const missing = await missingImages(engine, manifest.images);
  const steps =
    missing.length === 0 ? [] : planLoads(missing, await engine.listImages(), info.store);
  await verify(opened, missing.length === 0, options);
  const preview = previewOf(manifest, info, steps);
  const report = async (outcome: ImportReport['outcome']): Promise<ImportReport> => ({
    ...preview,
    outcome,
    digest,
    releaseDir: state.releaseDir,
    currentLink: state.currentLink,
    startCommands: await startCommands(manifest, state),
    sentBytes: outcome === 'imported' ? sentBytes(steps) : 0,
    seconds: (performance.now() - started) / 1000,
  });
  if (options.dryRun) return report('previewed');
  if (missing.length === 0 && (await isCurrent(state))) return report('already imported');
  if (options.confirm !== undefined && !(await options.confirm(preview))) return report('declined');
  await withLock(state, async () => {
    await loadAll(engine, info, opened, steps, options);
    await checkArrived(engine, manifest.images);
    await install(opened, state);
  });
  return report('imported');
}

async function install({ source, manifest }: OpenedBundle, state: ProductState): Promise<void> {
  await stageRelease(source, manifest, state);
  await switchCurrent(state);
}

function checkPlatform({ platform, product }: BundleManifest, info: EngineInfo): void {
  if (runsOn(platform, info.platform)) return;
  throw new BundleError('platform-mismatch', {
    operation: 'checking the platform of',
    subject: product,
    expected: `${formatPlatform(info.platform)}, as ${info.description} runs`,
    found: `a bundle for ${formatPlatform(platform)}`,
    hint: 'Export it for this platform with --platform, or import it on a host of that platform.',
  });
}

async function missingImages(
  engine: Engine,
  images: readonly BundleImage[],
): Promise<BundleImage[]> {
  const present = await Promise.all(images.map(({ reference }) => engine.inspectImage(reference)));
  return images.filter((image, index) => !isSameImage(image, present[index]));
}

/**
 * Everything is read before anything is loaded. When no image has to be loaded, their blobs are not used,
 * so only their presence and sizes are checked.
 */
async function verify(
  opened: OpenedBundle,
  nothingToLoad: boolean,
  { onProgress, signal }: ImportOptions,
): Promise<void> {
  const report = await verifyOpened(opened, {
    onProgress,
    signal,
    ...(nothingToLoad ? { only: (path: string) => !path.startsWith(`${paths.blobsDir}/`) } : {}),
  });
  const error = integrityError(report);
  if (error !== undefined) throw error;
}

function previewOf(
  manifest: BundleManifest,
  info: EngineInfo,
  steps: readonly LoadStep[],
): ImportPreview {
  const bytes = new Map<string, number>();
  const visit = ({ images, layers, next }: LoadStep): void => {
    for (const image of images) bytes.set(image.reference, layerBytes([image], layers));
    next.forEach(visit);
  };
  steps.forEach(visit);
  const images = manifest.images.map(({ reference }) => ({
    reference,
    action: bytes.has(reference) ? ('load' as const) : ('already there' as const),
    bytes: bytes.get(reference) ?? 0,
  }));
  return { manifest, engine: info.description, images };
}

async function loadAll(
  engine: Engine,
  info: EngineInfo,
  { source }: OpenedBundle,
  steps: readonly LoadStep[],
  { onProgress, signal }: ImportOptions,
): Promise<void> {
  if (steps.length === 0) return;
  const layout = await readLayout(source);
  const totalBytes = sentBytes(steps);
  let doneBytes = 0;
  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, stop.signal]);
  const load = async (step: LoadStep): Promise<void> => {
    stopped.throwIfAborted();
    const detail = step.images.map(({ reference }) => reference).join(', ');
    const archive = await loadArchive(layout, step, info.readsZstd, (count) => {
      doneBytes = Math.min(totalBytes, doneBytes + count);
      onProgress({ phase: 'loading images', doneBytes, totalBytes, detail });
    });
    await sendArchive(engine, archive, stopped);
  };
  // The first failure stops the loads beside it: what they would add is of no use.
  await runSteps(steps, load, pLimit(Math.max(2, availableParallelism())), stop);
}

async function sendArchive(
  engine: Engine,
  archive: Awaited<ReturnType<typeof loadArchive>>,
  signal: AbortSignal,
): Promise<void> {
  let cause: unknown;
  archive.once('error', (error) => {
    cause = error;
  });
  try {
    await engine.loadImages(archive, signal);
  } catch (error) {
    // The engine only sees a broken archive; why it broke is known here.
    throw cause instanceof BundleError ? cause : error;
  }
  if (cause !== undefined) throw cause;
}

/** Waits for all that was begun, so that nothing goes on loading after the command has ended. */
async function runSteps(
  steps: readonly LoadStep[],
  load: (step: LoadStep) => Promise<void>,
  limit: LimitFunction,
  stop: AbortController,
): Promise<void> {
  const outcomes = await Promise.allSettled(
    steps.map(async (step) => {
      try {
        await limit(() => load(step));
      } catch (error) {
        stop.abort(error);
        throw error;
      }
      await runSteps(step.next, load, limit, stop);
    }),
  );
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** The exit of a load proves nothing: what counts is which image stands under the name afterwards. */
async function checkArrived(engine: Engine, images: readonly BundleImage[]): Promise<void> {
  for (const image of images) {
    const found = await engine.inspectImage(image.reference);
    if (isSameImage(image, found)) continue;
    throw new BundleError('load-mismatch', {
      operation: 'checking what was loaded as',
      subject: image.reference,
      expected: image.imageId,
      found: found?.id ?? 'no such image on the engine',
      hint: 'The release was not switched. Look at the engine’s log and free space, then import again.',
    });
  }
}
