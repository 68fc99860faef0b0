import type { BundleImage, BundleManifest } from './bundle-manifest.ts';
import { formatPlatform, type Platform, runsOn } from './platform.ts';

/** Lists the platforms that a bundle has images for, the first one first. */
export function platformsOfBundle({
  platform,
  platforms = [],
}: Pick<BundleManifest, 'platform' | 'platforms'>): Platform[] {
  return [platform, ...platforms.map((further) => further.platform)];
}

/** Names the platforms of a bundle: `linux/amd64, linux/arm64`. */
export function platformsText(manifest: Pick<BundleManifest, 'platform' | 'platforms'>): string {
  return platformsOfBundle(manifest).map(formatPlatform).join(', ');
}

/** Returns the images of a bundle for all of its platforms. */
export function imagesOfAllPlatforms({
  images,
  platforms = [],
}: Pick<BundleManifest, 'images' | 'platforms'>): readonly BundleImage[] {
  return platforms.length === 0 ? images : [images, ...platforms.map((one) => one.images)].flat();
}

/** Returns the images for all platforms as a list shows them: `web:1`, and `web:1 (linux/arm64)` for a further one. */
export function namedByPlatform({
  images,
  platforms = [],
}: Pick<BundleManifest, 'images' | 'platforms'>): readonly BundleImage[] {
  const further = platforms.flatMap(({ platform, images: own }) =>
    own.map((image) => ({
      ...image,
      reference: `${image.reference} (${formatPlatform(platform)})`,
    })),
  );
  return [...images, ...further];
}

/**
 * Returns bundle.json as a host of a platform sees it: with the images for that platform and no others. Without such
 * images, it is returned as it is (docs/bundle-format.md, §21.3).
 */
export function manifestFor(manifest: BundleManifest, host: Platform): BundleManifest {
  const { platforms, ...first } = manifest;
  if (platforms === undefined) return manifest;
  if (runsOn(first.platform, host)) return first;
  const own = platforms.find(({ platform }) => runsOn(platform, host));
  return own === undefined ? manifest : { ...first, ...own };
}
