import type { Engine } from '@bundle/engine';
import { type BundleImage, chainIds } from '@bundle/format';
import { isSameImage } from '@bundle/host';
import type { Recipe } from '@bundle/recipe';
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
