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
  const wanted = recipes.flatMap(({ bases, stages }) => [
    ...bases.map(({ image, chain }) => ({ reference: image, chain })),
    ...stages.map(({ image }) => ({ reference: image, chain: undefined })),
  ]);
  const missing = await Promise.all(
    wanted.map(async ({ reference, chain }) => {
      const image = carried.get(reference);
      if (image === undefined) return [];
      const found = await engine.inspectImage(reference);
      const isCaptured =
        chain === undefined
          ? isSameImage(image, found)
          : found !== undefined && chainIds(found.diffIds).at(-1) === chain;
      return isCaptured ? [] : [image];
    }),
  );
  return [...new Set(missing.flat())];
}
