import { type Environment, formatPlatform, type Platform } from '@bundle/format';
import type { Engine } from './engine.ts';
import { inTurn } from './readings.ts';
import type { RegistryImage } from './registry/registry-image.ts';
import type { RegistryImages } from './registry/registry-images.ts';

/** An engine whose missing images can be taken from their registries without it. */
export interface EngineBesideRegistries {
  readonly engine: Engine;
  /**
   * Looks an image up in its registry; from then on it stands for the engine's. `platform`: if not that of the others.
   * Fails with the registry's errors.
   */
  take(reference: string, platform: Platform | undefined, signal: AbortSignal): Promise<void>;
}

/** Puts the registries beside an engine. Nothing of them is loaded or read before the first image is taken. */
export function besideRegistries(
  engine: Engine,
  choice: {
    readonly platform: Platform;
    readonly plainHttp?: readonly string[] | undefined;
    readonly env: Environment;
  },
): EngineBesideRegistries {
  const taken = new Map<string, RegistryImage>();
  const byPlatform = new Map<string, Promise<RegistryImages>>();
  const open = async (platform: Platform): Promise<RegistryImages> => {
    const { openRegistries } = await import('./registry/engine.ts');
    return openRegistries({ ...choice, platform });
  };
  const registries = (platform = choice.platform): Promise<RegistryImages> => {
    const name = formatPlatform(platform);
    const opened = byPlatform.get(name) ?? open(platform);
    byPlatform.set(name, opened);
    return opened;
  };
  const beside: Engine = {
    ...engine,
    inspectImage: async (reference) =>
      taken.get(reference)?.image ?? engine.inspectImage(reference),
    async openImages(references, platform, signal) {
      const remote = references.flatMap((reference) => taken.get(reference) ?? []);
      if (remote.length === 0) return engine.openImages(references, platform, signal);
      const own = references.filter((reference) => !taken.has(reference));
      const fetched = (await registries()).read(remote, signal);
      return own.length === 0
        ? fetched
        : inTurn([fetched, await engine.openImages(own, platform, signal)]);
    },
  };
  return {
    engine: beside,
    async take(reference, platform, signal) {
      taken.set(reference, await (await registries(platform)).resolve(reference, signal));
    },
  };
}
