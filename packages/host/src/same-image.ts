import type { EngineImage } from '@bundle/engine';
import type { BundleImage } from '@bundle/format';

/**
 * Tells whether an image on the engine is the image of the bundle and complete: a containerd store that lacks a blob
 * shows the right ID, but no layers.
 */
export function isSameImage(
  { imageId, topDigest, manifestDigest, layers }: BundleImage,
  present: EngineImage | undefined,
): boolean {
  return (
    present !== undefined &&
    [imageId, topDigest, manifestDigest].includes(present.id) &&
    layers.length === present.diffIds.length &&
    layers.every(({ diffId }, index) => diffId === present.diffIds[index])
  );
}
