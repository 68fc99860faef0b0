import type { Engine } from '@bundle/engine';
import type { BundleImage } from '@bundle/format';
import { isSameImage } from '@bundle/host';

/** Finds the images of a bundle that an engine does not have under their names. */
export async function missingImages(
  engine: Engine,
  images: readonly BundleImage[],
): Promise<BundleImage[]> {
  const present = await Promise.all(images.map(({ reference }) => engine.inspectImage(reference)));
  return images.filter((image, index) => !isSameImage(image, present[index]));
}
