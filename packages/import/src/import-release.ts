import { checkCarriedFiles } from '@bundle/compose';
import type { Engine, EngineImage } from '@bundle/engine';
import type { BundleImage } from '@bundle/format';
import {
  carriedFiles,
  checkState,
  lostLock,
  noteImages,
  pinImages,
  pinnedName,
  placesOf,
  prepareRelease,
  rememberBundle,
  removalsDone,
  switchCurrent,
  withLock,
} from '@bundle/host';
import { checkAncestors, type Load, neededDeltas } from './deltas/plan.ts';
import type { AdmittedImport, ImportReport } from './import-types.ts';
import { checkArrived, loadAll, verifyForLoad } from './load-images.ts';
import { checkTurns } from './load-in-turn.ts';
import { type LoadStep, planLoads } from './load-plan.ts';
import { missingImages } from './missing-images.ts';
import { checkOmitted, omittedLayers } from './omitted.ts';
import type { Check } from './preflight/check.ts';
import { recordImport } from './record-import.ts';
import { previewOf, reportOf } from './report.ts';
import { staleNames } from './temporary-names.ts';

/** Imports a release of which the engine or the state folder lacks something. */
export async function importRelease(
  engine: Engine,
  admitted: AdmittedImport,
): Promise<ImportReport> {
  const { opened, admission, info, missing, options } = admitted;
  const { release } = admission;
  if (!options.dryRun) await checkState(release.instance);
  const checks = await lookFirst(engine, admitted);
  checkTurns(opened, info);
  const plan = await planFor(engine, admitted, missing);
  const { steps } = plan;
  const readsOnce = opened.source.rest !== undefined && !options.dryRun;
  await verifyForLoad(opened, missing.length === 0 || readsOnce, options);
  checkCarriedFiles(await carriedFiles(release));
  const preview = previewOf(admitted, checks, steps);
  const report = (outcome: ImportReport['outcome']): Promise<ImportReport> =>
    reportOf(admitted, preview, steps, outcome);
  await options.onIncoming?.(release);
  if (options.dryRun) return report('previewed');
  if (options.confirm !== undefined && !(await options.confirm(preview))) return report('declined');
  await withLock(release.instance, options.signal, async (signal) => {
    // Another run may have imported a newer one before the lock was free.
    await admission.checkAgain();
    await recordImport(admitted, async () => {
      const taken = await carryOut(engine, admitted, plan, signal);
      if (taken.length === 0) return;
      await verifyForLoad(opened, readsOnce, options);
      await carryOut(engine, admitted, await planFor(engine, admitted, taken), signal);
    });
  });
  return report('imported');
}

interface LoadPlan {
  /** Images that the engine has. */
  readonly present: readonly EngineImage[];
  readonly steps: readonly LoadStep[];
  readonly needed: ReturnType<typeof neededDeltas>;
}

async function planFor(
  engine: Engine,
  { opened: { manifest }, info }: AdmittedImport,
  missing: readonly BundleImage[],
): Promise<LoadPlan> {
  const present = await engine.listImages();
  checkOmitted(manifest, missing, present);
  const steps = planLoads(missing, present, info, omittedLayers(manifest));
  const needed = neededDeltas(manifest, steps, present);
  checkAncestors(manifest, needed, present);
  return { present, steps, needed };
}

/** Carries out a plan; returns the images that another run removed since it was made, and does nothing for any. */
async function carryOut(
  engine: Engine,
  admitted: AdmittedImport,
  { present, steps, needed }: LoadPlan,
  signal: AbortSignal,
): Promise<readonly BundleImage[]> {
  const { opened, admission, info, options } = admitted;
  let taken: readonly BundleImage[] = [];
  const bring = async (load: Load): Promise<void> => {
    taken = await bringIn(engine, admitted, load, present, signal);
  };
  if (needed.length === 0) await bring({ opened, steps });
  else {
    const { withMadeLayers } = await import('./deltas/make-layers.ts');
    const scratch = placesOf(admission.release.instance).layers;
    const making = { present, scratch, onProgress: options.onProgress, signal };
    await withMadeLayers(engine, info, { opened, steps }, needed, making, bring);
  }
  return taken;
}

async function bringIn(
  engine: Engine,
  { opened, admission, info, isOperated, options }: AdmittedImport,
  load: Load,
  present: readonly EngineImage[],
  signal: AbortSignal,
): Promise<readonly BundleImage[]> {
  const { release } = admission;
  const { manifest } = opened;
  // Copy the files first: they come first in the bundle, and their disk may be full.
  const files = await prepareRelease(opened, release, { ...options, signal });
  try {
    // Before: what a killed import has loaded, the next one knows as loaded by a bundle.
    await noteImages(engine, release);
    // After the note: a removal that has not read it has left a mark, and one that comes later leaves these images alone.
    const names = manifest.images.flatMap((image) => [image.reference, pinnedName(image)]);
    await removalsDone(engine, names, signal);
    const loading = new Set(loadedBy(load.steps));
    const missing = await missingImages(engine, manifest.images);
    if (missing.some(({ reference }) => !loading.has(reference))) return missing;
    await loadAll(engine, info, load.opened, load.steps, { ...options, signal });
    await checkArrived(engine, manifest.images);
    // Record it before it is in place, so that after a kill no later run can accept an older one.
    await admission.remember(signal);
  } catch (error) {
    if (lostLock(signal) === undefined) await files.remove();
    throw error;
  }
  // Remove them only now: what a killed import pulled under these names need not be pulled again.
  for (const name of await staleNames(present)) await engine.untagImage(name);
  await files.moveIntoPlace();
  await rememberBundle(release, options.bundle);
  // The next bundle may move these names to other images.
  if (isOperated || info.isInSwarm === true) {
    // A manager may deploy the release to this node, by these names.
    await pinImages(engine, manifest);
  }
  if (!isOperated) await switchCurrent(release);
  return [];
}

function loadedBy(steps: readonly LoadStep[]): string[] {
  return steps.flatMap(({ images, next }) => [
    ...images.map(({ reference }) => reference),
    ...loadedBy(next),
  ]);
}

async function lookFirst(
  engine: Engine,
  { opened, admission, missing, options }: AdmittedImport,
): Promise<readonly Check[]> {
  const preflight = await options.preflight?.();
  if (preflight === undefined) return [];
  const { preflightError, runChecks } = await import('./preflight/preflight.ts');
  const checks = await runChecks(engine, admission, missing, preflight);
  preflight.onChecks(checks);
  const { product, version } = opened.manifest;
  const error = preflightError(checks, `${product} ${version}`);
  if (error !== undefined) throw error;
  return checks;
}
