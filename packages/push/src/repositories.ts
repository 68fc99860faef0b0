import { type BundleImage, parseReference, registryComponent } from '@bundle/format';
import type { PushTarget } from './target.ts';

/** An image with its place in the registry. */
export interface PlacedImage {
  readonly image: BundleImage;
  readonly repository: string;
  readonly tag: string;
}

/**
 * Gives each image a repository: the prefix, and its path without the registry that it came from. Where two images
 * would share a name, both keep that registry in it.
 */
export function placeImages(images: readonly BundleImage[], { prefix }: PushTarget): PlacedImage[] {
  const places = images.map((image) => {
    const { name = image.reference, tag = 'latest' } = parseReference(image.reference) ?? {};
    const slash = name.indexOf('/');
    const path = name.slice(slash + 1);
    const from = registryComponent(name.slice(0, slash));
    return { image, tag, short: path.replace(/^library\//, ''), long: `${from}/${path}` };
  });
  const count = new Map<string, number>();
  for (const { short, tag } of places) {
    count.set(`${short}:${tag}`, (count.get(`${short}:${tag}`) ?? 0) + 1);
  }
  return places.map(({ image, tag, short, long }) => {
    const own = (count.get(`${short}:${tag}`) ?? 0) > 1 ? long : short;
    return { image, tag, repository: prefix === '' ? own : `${prefix}/${own}` };
  });
}

/** Returns the digest references of images in a registry, by their references in the bundle. */
export function registryReferences(
  images: readonly BundleImage[],
  target: PushTarget,
): Record<string, string> {
  return Object.fromEntries(
    placeImages(
      images.filter(({ use }) => use === undefined),
      target,
    ).map(({ image, repository, tag }) => [
      image.reference,
      `${target.registry}/${repository}:${tag}@${image.manifestDigest}`,
    ]),
  );
}
