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

/** Lists the platforms that an image index names. */
export function platformsOf({ manifests }: ImageIndex): string[] {
  return manifests.flatMap(({ platform }) => {
    const { os, architecture, variant } = platform ?? {};
    if (os === undefined || architecture === undefined || os === 'unknown') return [];
    return [formatPlatform({ os, architecture, ...(variant === undefined ? {} : { variant }) })];
  });
}
