import type { Engine } from '@bundle/engine';
import { isThere } from '@bundle/files';
import { BundleError, type BundleImage, type OnProgress } from '@bundle/format';
import { placesOf } from '@bundle/host';
import { loadFromBundle } from '@bundle/import';
import type { FindParts } from '@bundle/store';
import type { RebuildableRelease } from './release.ts';

/**
 * Reloads missing images from the given bundle, or from the imported one if it is still in its place. Otherwise
 * fails and lists the images.
 */
export async function restoreImages(
  engine: Engine,
  release: RebuildableRelease,
  missing: readonly BundleImage[],
  named: string | undefined,
  options: {
    readonly onProgress: OnProgress;
    readonly signal: AbortSignal;
    readonly find?: FindParts;
  },
): Promise<void> {
  const names = missing.map(({ reference }) => reference);
  const { bundle: imported } = release;
  const isStillThere = imported !== undefined && (await isThere(imported));
  const bundle = named ?? (isStillThere ? imported : undefined);
  if (bundle === undefined) {
    throw new BundleError('rebuild-unavailable', {
      operation: 'looking on the engine for the images to reuse',
      expected: names.join(', '),
      found: 'missing or different images (possibly after `docker image prune`)',
      hint: `Provide the imported bundle${imported === undefined ? '' : ` (it is no longer at ${imported})`}, and name it with --bundle PATH. Missing images are then loaded from it.`,
    });
  }
  const { layers: scratch } = placesOf(release.instance);
  await loadFromBundle(engine, bundle, release.manifest, new Set(names), { ...options, scratch });
}
