import { checkCarriedFiles } from '@bundle/compose';
import type { Engine, EngineImage } from '@bundle/engine';
import {
  carriedFiles,
  checkState,
  lostLock,
  noteImages,
  pinImages,
  placesOf,
  prepareRelease,
  rememberBundle,
  switchCurrent,
  withLock,
} from '@bundle/host';
import { checkAncestors, type Load, neededDeltas } from './deltas/plan.ts';
import type { AdmittedImport, ImportReport } from './import-types.ts';
import { checkArrived, loadAll, verifyForLoad } from './load-images.ts';
import { checkTurns } from './load-in-turn.ts';
import { planLoads } from './load-plan.ts';
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
  const { manifest } = opened;
  if (!options.dryRun) await checkState(release.instance);
  const checks = await lookFirst(engine, admitted);
  const present = await engine.listImages();
  checkOmitted(manifest, missing, present);
  checkTurns(opened, info);
  const steps = planLoads(missing, present, info.store, omittedLayers(manifest));
  const needed = neededDeltas(manifest, steps);
  checkAncestors(manifest, needed, present);
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
    const bring = (load: Load): Promise<void> => bringIn(engine, admitted, load, present, signal);
    await recordImport(admitted, async () => {
      if (needed.length === 0) return bring({ opened, steps });
      const { withMadeLayers } = await import('./deltas/make-layers.ts');
      const scratch = placesOf(release.instance).layers;
      const making = { present, scratch, onProgress: options.onProgress, signal };
      await withMadeLayers(engine, info, { opened, steps }, needed, making, bring);
    });
  });
  return report('imported');
}

async function bringIn(
  engine: Engine,
  { opened, admission, info, isOperated, options }: AdmittedImport,
  load: Load,
  present: readonly EngineImage[],
  signal: AbortSignal,
): Promise<void> {
  const { release } = admission;
  const { manifest } = opened;
  // Copy the files first: they come first in the bundle, and their disk may be full.
  const files = await prepareRelease(opened, release, { ...options, signal });
  try {
    // Before: what a killed import has loaded, the next one knows as loaded by a bundle.
    await noteImages(engine, release);
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
  if (isOperated) await pinImages(engine, manifest);
  else await switchCurrent(release);
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
