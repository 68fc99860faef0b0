import type { EngineImage, EngineInfo } from '@bundle/engine';
import { type BundleImage, chainIds, type Digest } from '@bundle/format';

/**
 * One `docker load` that sends these images with these layers. The next steps may start when it is done, in parallel.
 */
export interface LoadStep {
  readonly images: readonly BundleImage[];
  /** Digests of the stored layers to send. */
  readonly layers: ReadonlySet<Digest>;
  readonly next: readonly LoadStep[];
}

/**
 * Plans the loads of missing images. An engine unpacks one image on one core, so images on separate layer chains are
 * loaded in parallel; shared layers are loaded once, before the images on top of them.
 */
export function planLoads(
  missing: readonly BundleImage[],
  enginesImages: readonly EngineImage[],
  { store, loadsPartially }: Pick<EngineInfo, 'store' | 'loadsPartially'>,
  omitted: ReadonlySet<Digest> = new Set(),
): LoadStep[] {
  // Only Docker's graph drivers find a layer that the archive omits, by its chain ID. The containerd store would keep a
  // broken image under the tag, so it gets every layer, in one load per group of images that share layers; so does podman.
  if (store !== 'graph-driver' || !loadsPartially) {
    return groupByBase(missing).map((images) => ({
      images,
      layers: new Set([...layersOf(images)].filter((digest) => !omitted.has(digest))),
      next: [],
    }));
  }
  const known = new Set(enginesImages.flatMap(({ diffIds }) => chainIds(diffIds)));
  return planOn(missing, known);
}

function planOn(images: readonly BundleImage[], known: ReadonlySet<Digest>): LoadStep[] {
  const groups = new Map<string, BundleImage[]>();
  for (const image of images) {
    // Images with the same first unknown layer wait for one another; without an unknown layer, only the name is new.
    const key = firstUnknown(image, known) ?? `complete ${image.reference}`;
    groups.set(key, [...(groups.get(key) ?? []), image]);
  }
  return [...groups.values()].map((group) => planGroup(group, known));
}

/** Plans a group. The image with the most bytes goes first, so that the following loads are short. */
function planGroup(group: readonly BundleImage[], known: ReadonlySet<Digest>): LoadStep {
  const [first, ...rest] = group.toSorted((a, b) => storedBytes(b) - storedBytes(a));
  if (first === undefined) throw new Error('a group of images is never empty');
  const chain = chainIds(first.layers.map(({ diffId }) => diffId));
  const layers = new Set(
    first.layers
      .filter((_, index) => !known.has(chain[index] ?? first.imageId))
      .map((l) => l.digest),
  );
  return {
    images: [first],
    layers,
    next: rest.length === 0 ? [] : planOn(rest, new Set([...known, ...chain])),
  };
}

function firstUnknown(image: BundleImage, known: ReadonlySet<Digest>): Digest | undefined {
  return chainIds(image.layers.map(({ diffId }) => diffId)).find((id) => !known.has(id));
}

function groupByBase(images: readonly BundleImage[]): BundleImage[][] {
  const groups = new Map<string, BundleImage[]>();
  for (const image of images) {
    const base = image.layers[0]?.diffId ?? image.reference;
    groups.set(base, [...(groups.get(base) ?? []), image]);
  }
  return [...groups.values()];
}

function layersOf(images: readonly BundleImage[]): Set<Digest> {
  return new Set(images.flatMap(({ layers }) => layers.map(({ digest }) => digest)));
}

function storedBytes({ layers }: BundleImage): number {
  return layers.reduce((sum, { size }) => sum + size, 0);
}

/** Counts the layers of these images, each once, that no step sends because the engine has them. */
export function reusedLayers(
  images: readonly BundleImage[],
  steps: readonly LoadStep[],
): { readonly layers: number; readonly bytes: number } {
  const sent = new Set<Digest>();
  const visit = ({ layers, next }: LoadStep): void => {
    for (const digest of layers) sent.add(digest);
    next.forEach(visit);
  };
  steps.forEach(visit);
  const reused = new Set([...layersOf(images)].filter((digest) => !sent.has(digest)));
  return { layers: reused.size, bytes: layerBytes(images, reused) };
}

/** Returns the stored bytes sent by these steps and all that follow them. */
export function sentBytes(steps: readonly LoadStep[]): number {
  return steps.reduce(
    (sum, { images, layers, next }) => sum + layerBytes(images, layers) + sentBytes(next),
    0,
  );
}

export function layerBytes(images: readonly BundleImage[], layers: ReadonlySet<Digest>): number {
  const sizes = new Map(images.flatMap((image) => image.layers.map((l) => [l.digest, l.size])));
  return [...layers].reduce((sum, digest) => sum + (sizes.get(digest) ?? 0), 0);
}
