import type { EngineImage, ImageStore } from '@bundle/engine';
import {
  type BundleDelta,
  type BundleImage,
  type BundleLayer,
  type BundleManifest,
  blobPath,
  type Digest,
  mediaTypes,
} from '@bundle/format';
import type { OpenedBundle } from '@bundle/verify';
import type { LoadStep } from '../load-plan.ts';
import { baseMissing } from '../omitted.ts';

/** A layer that has to be made from a delta. */
export interface NeededDelta {
  readonly delta: BundleDelta;
  /** The layer as bundle.json lists it. */
  readonly layer: BundleLayer & { readonly unpackedSize: number };
}

/**
 * Returns a delta for each layer that these steps send and the bundle does not have. Of several deltas of a layer, it is
 * one for which the engine has the old layers, if there is one.
 */
export function neededDeltas(
  { deltas = [], images }: BundleManifest,
  steps: readonly LoadStep[],
  present: readonly Pick<EngineImage, 'diffIds'>[],
): NeededDelta[] {
  const sent = new Set(steps.flatMap(sentLayers));
  const known = new Set(present.flatMap(({ diffIds }) => diffIds));
  const layers = new Map(
    images.flatMap((image) => image.layers.map((layer) => [layer.digest, layer])),
  );
  return [...Map.groupBy(deltas, ({ digest }) => digest)].flatMap(([digest, all]) => {
    const layer = layers.get(digest);
    const unpackedSize = layer?.unpackedSize;
    const delta = all.find(({ from }) => from.every(({ diffId }) => known.has(diffId))) ?? all[0];
    if (layer === undefined || unpackedSize === undefined || !sent.has(digest)) return [];
    return delta === undefined ? [] : [{ delta, layer: { ...layer, unpackedSize } }];
  });
}

function sentLayers({ layers, next }: LoadStep): Digest[] {
  return [...layers, ...next.flatMap(sentLayers)];
}

/** Returns the old layers that the deltas need, each once, with their sizes in bytes. */
export function ancestorsOf(needed: readonly NeededDelta[]): Map<Digest, number> {
  return new Map(
    needed.flatMap(({ delta }) => delta.from.map(({ diffId, size }) => [diffId, size])),
  );
}

/** Fails with `base-missing` if no image of the engine has an old layer that a delta needs. */
export function checkAncestors(
  manifest: BundleManifest,
  needed: readonly NeededDelta[],
  present: readonly Pick<EngineImage, 'diffIds'>[],
): void {
  const known = new Set(present.flatMap(({ diffIds }) => diffIds));
  const absent = [...ancestorsOf(needed).keys()].filter((diffId) => !known.has(diffId));
  if (absent.length > 0) throw baseMissing(manifest, new Set(absent));
}

/** Returns the bytes that temporary files take at most: the old layers, then with them all layers that are made. */
export function scratchBytes(needed: readonly NeededDelta[]): number {
  const old = [...ancestorsOf(needed).values()].reduce((sum, size) => sum + size, 0);
  return needed.reduce((sum, { layer }) => sum + layer.unpackedSize, old);
}

/**
 * Returns the form in which an engine gets a layer. Graph drivers keep layers unpacked and know them by their diff IDs,
 * so they get them plain; elsewhere the blob has to be the one that the image manifest names.
 */
export function formFor(
  store: ImageStore,
  layer: NeededDelta['layer'],
): BundleLayer & { readonly unpackedSize: number } {
  if (store !== 'graph-driver') return layer;
  const { diffId, unpackedSize } = layer;
  return { ...layer, digest: diffId, size: unpackedSize, mediaType: mediaTypes.layerTar };
}

/** The steps of a load, and the bundle that they read. */
export interface Load {
  readonly opened: OpenedBundle;
  readonly steps: readonly LoadStep[];
}

/** A layer that was made, in a file. */
export interface MadeLayer {
  /** Its digest in the bundle. */
  readonly digest: Digest;
  readonly as: BundleLayer;
  readonly file: string;
}

/** Returns the bundle and the steps of its load as if it had the layers that were made. */
export function withMade({ opened, steps }: Load, made: readonly MadeLayer[]): Load {
  const forms = new Map(made.map(({ digest, as }) => [digest, as]));
  const { source, manifest } = opened;
  const entries = new Map(source.entries);
  for (const { as, file } of made)
    entries.set(blobPath(as.digest), { file, offset: 0, size: as.size });
  const files = made.map(({ as: { digest, size } }) => ({
    path: blobPath(digest),
    size,
    sha256: digest.slice('sha256:'.length),
  }));
  const toImage = (image: BundleImage): BundleImage => ({
    ...image,
    layers: image.layers.map((layer) => forms.get(layer.digest) ?? layer),
  });
  const toStep = ({ images, layers, next }: LoadStep): LoadStep => ({
    images: images.map(toImage),
    layers: new Set([...layers].map((digest) => forms.get(digest)?.digest ?? digest)),
    next: next.map(toStep),
  });
  return {
    opened: {
      ...opened,
      source: { ...source, entries },
      manifest: {
        ...manifest,
        images: manifest.images.map(toImage),
        files: [...manifest.files, ...files],
      },
    },
    steps: steps.map(toStep),
  };
}
