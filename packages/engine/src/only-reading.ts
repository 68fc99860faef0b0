import { BundleError, type Platform } from '@bundle/format';
import type { Engine } from './engine.ts';

/** Makes an engine of something that only has images: it changes nothing and runs nothing. */
export function onlyReading(
  description: string,
  platform: Platform,
  source: Pick<Engine, 'inspectImage' | 'openImages'>,
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
