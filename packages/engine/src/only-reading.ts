import { BundleError, formatPlatform, type Platform } from '@bundle/format';
import type { Engine } from './engine.ts';

/** Makes an engine of something that only has images: it changes nothing and runs nothing. */
export function onlyReading(
  description: string,
  platform: Platform,
  source: Pick<Engine, 'inspectImage' | 'openImages' | 'platformsOf' | 'referrersOf'>,
): Engine {
  const refuse = async (): Promise<never> => {
    throw new BundleError('usage', {
      operation: 'changing images of',
      subject: description,
      expected: 'an engine',
      found: 'a source of images, which is only read',
      hint: 'Leave out --from.',
    });
  };
  return {
    ...source,
    info: async () => ({
      runsContainers: false,
      description,
      version: '1',
      store: 'oci-layout',
      platform,
      readsZstd: true,
      loadsPartially: false,
    }),
    listImages: async () => [],
    listNames: async () => [],
    pullImage: refuse,
    loadImages: refuse,
    tagImage: refuse,
    untagImage: async () => undefined,
    diskUsage: async () => ({ images: 0, containers: 0, volumes: 0, buildCache: 0 }),
    takenNames: async () => ({ containers: [], networks: [], volumes: [] }),
    listNotes: async () => [],
    writeNote: refuse,
    removeNote: async () => undefined,
  };
}

/** Makes the error for an image that a source lacks, with the names that it has. */
export function notInSource(
  subject: string,
  reference: string,
  names: readonly string[],
): BundleError {
  const shown = names.slice(0, 12).join(', ') + (names.length > 12 ? ', …' : '');
  return new BundleError('image-not-found', {
    operation: 'looking for an image in',
    subject,
    expected: reference,
    found: names.length === 0 ? 'images without names' : shown,
    hint: 'Add the image there under the name that the Compose file has.',
  });
}

/** Makes the error for an image that is not for the platform, with the platforms that it is for. */
export function otherPlatform(
  subject: string,
  wanted: Platform,
  found: readonly string[],
): BundleError {
  return new BundleError('platform-mismatch', {
    operation: 'choosing the image',
    subject,
    expected: formatPlatform(wanted),
    found: found.length === 0 ? 'no platform' : found.slice(0, 12).join(', '),
    hint: 'Choose another platform with --platform, or another image.',
  });
}
