import type { Engine } from '@bundle/engine';
import { isThere } from '@bundle/files';
import { BundleError, type BundleImage, chainIds, type OnProgress } from '@bundle/format';
import { isSameImage, placesOf } from '@bundle/host';
import { loadFromBundle } from '@bundle/import';
import type { Recipe } from '@bundle/recipe';
import type { FindParts } from '@bundle/store';
import type { RebuildableRelease } from './release.ts';

/**
 * Lists the base and cache images of the recipes that the engine lacks. A base image with the right name counts
 * whatever its ID, as long as its layers are the captured ones.
 */
export async function missingImages(
  engine: Engine,
  { manifest }: RebuildableRelease,
  recipes: readonly Recipe[],
): Promise<BundleImage[]> {
  const carried = new Map(manifest.images.map((image) => [image.reference, image]));
  const missing = new Map<string, BundleImage>();
  const check = async (reference: string, chain?: string): Promise<void> => {
    const image = carried.get(reference);
    if (image === undefined) return;
    const found = await engine.inspectImage(reference);
    const isCaptured =
      chain === undefined
        ? isSameImage(image, found)
        : found !== undefined && chainIds(found.diffIds).at(-1) === chain;
    if (!isCaptured) missing.set(reference, image);
  };
  for (const { bases, stages } of recipes) {
    for (const { image, chain } of bases) await check(image, chain);
    for (const { image } of stages) await check(image);
  }
  return [...missing.values()];
}

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
  if (missing.length === 0) return;
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
