import type { Engine } from '@bundle/engine';
import { BundleError, type BundleManifest, type WorkOptions } from '@bundle/format';
import type { FindParts } from '@bundle/store';
import { openedFor, openManifest } from '@bundle/verify';
import { checkAncestors, type Load, neededDeltas } from './deltas/plan.ts';
import { checkArrived, loadAll, verifyForLoad } from './load-images.ts';
import { checkTurns } from './load-in-turn.ts';
import { planLoads } from './load-plan.ts';
import { checkOmitted, omittedLayers } from './omitted.ts';

/**
 * Verifies the bundle of an installed release and loads some of its images again; changes nothing else in the engine or
 * the state folder. Fails with `rebuild-unavailable` if it is a different bundle.
 */
export async function loadFromBundle(
  engine: Engine,
  bundle: string,
  installed: BundleManifest,
  references: ReadonlySet<string>,
  options: WorkOptions & {
    readonly find?: FindParts;
    /** Where to put temporary files. */
    readonly scratch: string;
  },
): Promise<void> {
  const opened = openedFor(await openManifest(bundle, options.find), installed.platform);
  const { product, version, files } = opened.manifest;
  const isSame = JSON.stringify(files) === JSON.stringify(installed.files);
  if (product !== installed.product || version !== installed.version || !isSame) {
    throw new BundleError('rebuild-unavailable', {
      operation: 'comparing the bundle with the installed release',
      subject: bundle,
      expected: `${installed.product} ${installed.version}`,
      found: isSame ? `${product} ${version}` : `${product} ${version}, with different content`,
      hint: 'Use the bundle that was imported, or import this one first.',
    });
  }
  const images = opened.manifest.images.filter(({ reference }) => references.has(reference));
  const info = await engine.info();
  const present = await engine.listImages();
  checkOmitted(opened.manifest, images, present);
  const steps = planLoads(images, present, info, omittedLayers(opened.manifest));
  const needed = neededDeltas(opened.manifest, steps, present);
  checkAncestors(opened.manifest, needed, present);
  checkTurns(opened, info);
  await verifyForLoad(opened, opened.source.rest !== undefined, options);
  const load = async (ready: Load): Promise<void> => {
    await loadAll(engine, info, ready.opened, ready.steps, options);
    await checkArrived(engine, images);
  };
  if (needed.length === 0) return load({ opened, steps });
  const { withMadeLayers } = await import('./deltas/make-layers.ts');
  const making = { ...options, present };
  await withMadeLayers(engine, info, { opened, steps }, needed, making, load);
}
