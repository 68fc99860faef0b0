import type { Engine } from '@bundle/engine';
import { withScratch } from '@bundle/files';
import type { WorkOptions } from '@bundle/format';
import type { LayerCache } from '../cache/layer-cache.ts';
import { namesOf, type Omission } from '../omission.ts';
import type { PresentImage } from '../packed-image.ts';
import type { KnownHosts } from '../read-holdings.ts';
import type { SaveOptions } from '../save-images.ts';
import type { SavedImages } from '../saved-images.ts';
import { planAncestors } from './ancestors.ts';
import { type CarriedWhole, deltaLayers } from './delta-layers.ts';
import { OldLayers } from './old-layers.ts';

export interface DeltaOptions extends WorkOptions {
  readonly known: KnownHosts;
  readonly omission: Omission;
  readonly cache: LayerCache | undefined;
  /** Where to put temporary files. */
  readonly place: string;
}

/** Saves images with deltas in place of changed layers, and returns the layers that are carried whole anyway. */
export async function withDeltas(
  engine: Engine,
  images: readonly PresentImage[],
  { known, omission, cache, place, onProgress, signal }: DeltaOptions,
  save: (deltas: SaveOptions['deltas']) => Promise<SavedImages>,
): Promise<{ saved: SavedImages; whole: readonly CarriedWhole[] }> {
  const named = images.map(({ planned: { reference, services }, onEngine: { diffIds } }) => ({
    names: namesOf(reference, services),
    diffIds,
  }));
  const ancestorsOf = planAncestors(known.hosts, named);
  const stored = (diffId: Parameters<typeof ancestorsOf>[0]) =>
    known.hosts.map(({ layers }) => layers.get(diffId)).find((layer) => layer !== undefined);
  return withScratch(place, async (folder) => {
    const work = { onProgress, signal };
    const olds = new OldLayers({ cache, bundle: known.source, engine, stored }, folder, work);
    // A group of images is read again if a known layer was damaged, so a layer may come twice.
    const whole = new Map<string, CarriedWhole>();
    const onWhole = (layer: CarriedWhole): void => {
      whole.set(layer.digest, layer);
    };
    try {
      const saved = await save((source) =>
        deltaLayers(source, { ancestorsOf, omission, olds, folder, onWhole, ...work }),
      );
      const isWhole = ({ digest }: CarriedWhole): boolean => !saved.deltas.has(digest);
      return { saved, whole: [...whole.values()].filter(isWhole) };
    } finally {
      await olds.close();
    }
  });
}
