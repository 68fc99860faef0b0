import {
  type Descriptor,
  formatPlatform,
  type ImageIndex,
  type Platform,
  runsOn,
} from '@bundle/format';

/**
 * Chooses the entry of an image index for a platform: one with the same variant before one without, then any variant.
 * Entries without a platform suit any.
 */
export function childFor({ manifests }: ImageIndex, platform: Platform): Descriptor | undefined {
  const suitable = manifests.filter(({ platform: own, annotations }) => {
    if (annotations?.['vnd.docker.reference.type'] !== undefined) return false;
    const { os, architecture, variant } = own ?? {};
    if (!os || !architecture) return true;
    return runsOn({ os, architecture, ...(variant ? { variant } : {}) }, platform);
  });
  const exact = suitable.find(({ platform: own }) => own?.variant === platform.variant);
  return exact ?? suitable[0];
}

/** Returns the platforms of the images that an index names. */
export function platformsIn(manifests: readonly Descriptor[]): Platform[] {
  return manifests.flatMap(({ platform }) => {
    const { os, architecture, variant } = platform ?? {};
    if (!os || !architecture || os === 'unknown') return [];
    return [{ os, architecture, ...(variant ? { variant } : {}) }];
  });
}

/** Lists the platforms that an image index names. */
export function platformsOf({ manifests }: ImageIndex): string[] {
  return platformsIn(manifests).map(formatPlatform);
}

/** Returns the platforms that all images have; `own` comes first if it is one of them. */
export function commonPlatforms(
  images: readonly (readonly Platform[])[],
  own: Platform,
): readonly Platform[] {
  const [first = [], ...others] = images;
  const isEverywhere = (wanted: Platform): boolean =>
    others.every((platforms) => platforms.some((platform) => runsOn(platform, wanted)));
  const byName = new Map(first.map((platform) => [formatPlatform(platform), platform]));
  const common = [...byName.values()].filter(isEverywhere);
  const isOwn = (platform: Platform): boolean => runsOn(platform, own);
  return [...common.filter(isOwn), ...common.filter((platform) => !isOwn(platform))];
}
