import type { Engine } from '@bundle/engine';
import { BundleError, type BundleImage, type BundleManifest, shortHexOf } from '@bundle/format';
import { isSameImage } from './same-image.ts';

/** Tags have at most 128 characters (OCI distribution-spec). */
const maxTagLength = 128;

/**
 * Returns the name by which a release runs an image: its tag and the beginning of its image ID. A later bundle or a
 * rebuild may move the tag. This name stays with the image, keeps it on the engine, and is the same in every release
 * that contains the image.
 */
export function pinnedName({ reference, imageId }: Pick<BundleImage, 'reference' | 'imageId'>) {
  return suffixed(reference, shortHexOf(imageId));
}

/** Appends a suffix to a reference's tag, cutting the tag where it would become too long. */
export function suffixed(reference: string, suffix: string): string {
  const colon = reference.lastIndexOf(':');
  const tag = reference.slice(colon + 1, colon + maxTagLength - suffix.length);
  return `${reference.slice(0, colon)}:${tag}-${suffix}`;
}

/** Lists the images that services run; those for rebuilds are not started. */
export function runImages({ images }: BundleManifest): BundleImage[] {
  return images.filter(({ services }) => services.length > 0);
}

/** Gives each image of a release its lasting name. Fails with `image-not-found` when the engine no longer has it. */
export async function pinImages(engine: Engine, manifest: BundleManifest): Promise<void> {
  for (const image of runImages(manifest)) {
    const name = pinnedName(image);
    if (isSameImage(image, await engine.inspectImage(name))) continue;
    const found = await findImage(engine, image);
    if (found === undefined) throw gone(manifest, image);
    await engine.tagImage(found, name);
  }
}

/** Finds an image under its own name, or by ID where the name moved to another image. */
async function findImage(engine: Engine, image: BundleImage): Promise<string | undefined> {
  for (const name of [image.reference, image.imageId, image.topDigest, image.manifestDigest]) {
    if (isSameImage(image, await engine.inspectImage(name))) return name;
  }
  return undefined;
}

function gone({ product, version }: BundleManifest, { reference, imageId }: BundleImage) {
  return new BundleError('image-not-found', {
    operation: 'looking for the images of',
    subject: `${product} ${version}`,
    expected: `${reference} (${imageId})`,
    found: 'no such image on the engine',
    hint: 'Import the bundle of this release again: only what is missing is loaded.',
  });
}
