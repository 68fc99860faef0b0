import { availableParallelism } from 'node:os';
import type { Engine, EngineInfo } from '@bundle/engine';
import { BundleError, type BundleImage, paths, type WorkOptions } from '@bundle/format';
import { isSameImage } from '@bundle/host';
import { integrityError, type OpenedBundle, verifyOpened } from '@bundle/verify';
import pLimit, { type LimitFunction } from 'p-limit';
import { loadArchive, readLayout } from './load-archive.ts';
import { loadInTurn } from './load-in-turn.ts';
import { type LoadStep, sentBytes } from './load-plan.ts';
import { omittedLayers, otherBytes } from './omitted.ts';
import { sendArchive } from './send-archive.ts';

/**
 * Verifies everything before anything is loaded. With `headOnly`, blobs are checked only for presence and size: if no
 * image has to be loaded, or for media that come one after the other. Those are read only once, and `loadInTurn`
 * verifies their blobs while it loads them.
 */
export async function verifyForLoad(
  opened: OpenedBundle,
  headOnly: boolean,
  { onProgress, signal }: WorkOptions,
): Promise<void> {
  const report = await verifyOpened(opened, {
    onProgress,
    signal,
    ...(headOnly ? { only: (path: string) => !path.startsWith(`${paths.blobsDir}/`) } : {}),
  });
  const error = integrityError(report);
  if (error !== undefined) throw error;
}

export async function loadAll(
  engine: Engine,
  info: EngineInfo,
  opened: OpenedBundle,
  steps: readonly LoadStep[],
  { onProgress, signal }: WorkOptions,
): Promise<void> {
  if (steps.length === 0) return;
  const totalBytes = sentBytes(steps);
  if (info.store === 'containerd' && omittedLayers(opened.manifest).size > 0) {
    if (info.loadsPartially) {
      const { loadPartially } = await import('./load-partially.ts');
      return loadPartially(engine, info, opened, steps, totalBytes, { onProgress, signal });
    }
    const images = steps.flatMap((step) => step.images);
    const { pullAll } = await import('./pull-images.ts');
    return pullAll(engine, opened, images, totalBytes, { onProgress, signal });
  }
  const explained = (error: unknown): never => {
    throw otherBytes(error, opened.manifest) ?? error;
  };
  if (opened.source.rest !== undefined) {
    return loadInTurn(engine, info, opened, steps, { onProgress, signal }).catch(explained);
  }
  const layout = await readLayout(opened);
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
    await sendArchive(engine, archive, stopped).catch(explained);
  };
  // The first failure stops the parallel loads: their results would be useless.
  await runSteps(steps, load, pLimit(Math.max(2, availableParallelism())), stop);
}

/** Runs steps and waits for everything that was started, so that no load continues after the command has ended. */
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

/**
 * Checks which image has each name after loading, because a successful load alone proves nothing. Fails with
 * `load-mismatch`.
 */
export async function checkArrived(engine: Engine, images: readonly BundleImage[]): Promise<void> {
  for (const image of images) {
    const found = await engine.inspectImage(image.reference);
    if (isSameImage(image, found)) continue;
    throw new BundleError('load-mismatch', {
      operation: 'checking what was loaded as',
      subject: image.reference,
      expected: image.imageId,
      found: found?.id ?? 'no such image on the engine',
      hint: 'The release was not switched. Check the engine’s log and its free space, then import again.',
    });
  }
}
