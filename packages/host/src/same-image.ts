import type { EngineImage } from '@bundle/engine';
import type { BundleImage } from '@bundle/format';

/**
 * Whether what the engine has under an image's reference is that image, and whole: a containerd store that lacks a blob
 * shows the right ID, and no layers.
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
