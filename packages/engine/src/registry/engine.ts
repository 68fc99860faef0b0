import { readRegistrySettings } from '@bundle/distribution';
import type { Environment, Platform } from '@bundle/format';
import type { Engine } from '../engine.ts';
import { onlyReading } from '../only-reading.ts';
import { RegistryImages } from './registry-images.ts';

/** Opens the images of all registries, those of one platform, as this user and host may reach them. */
export async function openRegistries(choice: {
  readonly platform: Platform;
  readonly plainHttp?: readonly string[] | undefined;
  readonly env: Environment;
}): Promise<RegistryImages> {
  const settings = await readRegistrySettings(choice.env, choice.plainHttp);
  return new RegistryImages(settings, choice.platform);
}

/** Creates an engine that has the images of all registries and runs nothing. `signal` ends looking for an image. */
export function createRegistryEngine(images: RegistryImages, signal: AbortSignal): Engine {
  return onlyReading('the registries of the images', images.platform, {
    inspectImage: async (reference) => (await images.resolve(reference, signal)).image,
    platformsOf: (reference, ending) => images.platformsOf(reference, ending),
    referrersOf: (reference, ending) => images.referrersOf(reference, ending),
    openImages: async (references, _platform, ending) => {
      const resolving = references.map((reference) => images.resolve(reference, ending));
      return images.read(await Promise.all(resolving), ending);
    },
  });
}
