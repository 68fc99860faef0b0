import type { EngineImage } from '@bundle/engine';
import {
  type BundleImage,
  type BundleManifest,
  chainIds,
  type Digest,
  type Inventory,
} from '@bundle/format';
import type { StoredLayer } from './saved-images.ts';

/** Layers that a host has, which a bundle for it can leave out. */
export interface Holdings {
  /** Chain IDs of its layers. */
  readonly chains: ReadonlySet<Digest>;
  /** Digests of its blobs; absent if the engine finds layers by chain ID alone. */
  readonly blobs?: ReadonlySet<Digest>;
  /** Stored form of layers by diff ID, as far as known. */
  readonly layers: ReadonlyMap<Digest, StoredLayer>;
  /** Diff IDs of its layers, each with its chain ID: old layers for deltas. */
  readonly places: readonly { readonly chainId: Digest; readonly diffId: Digest }[];
  /** Its images as a bundle describes them; absent if only the layers are known. */
  readonly images?: readonly NamedLayers[];
}

/** The layers of an image with the names by which its next version is recognized: services and repository. */
export interface NamedLayers {
  readonly names: readonly string[];
  /** Bottom first. */
  readonly diffIds: readonly Digest[];
}

/** Layers that an incremental bundle leaves out. */
export interface Omission {
  /** Tells whether to leave out a layer, by the digest of the bytes that a source sends. */
  readonly omits: (arrived: Digest) => boolean;
  /**
   * Returns the stored form of an omitted layer on the hosts. Undefined if it is not known: the layer is then
   * compressed to find out.
   */
  readonly stored: (arrived: Digest) => StoredLayer | undefined;
}

/** Returns the layers of a host that has imported a bundle. */
export function holdingsOfBundle({ images }: Pick<BundleManifest, 'images'>): Holdings {
  const layers = images.flatMap((image) => image.layers);
  return {
    chains: new Set(images.flatMap(chainsOf)),
    blobs: new Set(layers.map(({ digest }) => digest)),
    layers: new Map(layers.map(({ diffId, ...layer }) => [diffId, layer])),
    places: images.flatMap((image) => {
      const chain = chainsOf(image);
      return image.layers.flatMap(({ diffId }, index) => {
        const chainId = chain[index];
        return chainId === undefined ? [] : [{ chainId, diffId }];
      });
    }),
    images: images.map(({ reference, services, layers }) => ({
      names: namesOf(reference, services),
      diffIds: layers.map(({ diffId }) => diffId),
    })),
  };
}

/** Returns the names by which the next version of an image is recognized. */
export function namesOf(reference: string, services: readonly string[]): string[] {
  const repository = reference.replace(/:[^:/]*$/, '');
  return [...services.map((service) => `service ${service}`), `repository ${repository}`];
}

function chainsOf({ layers }: BundleImage): Digest[] {
  return chainIds(layers.map(({ diffId }) => diffId));
}

export function holdingsOfInventory({ engine, layers }: Inventory): Holdings {
  const stored = layers.flatMap(
    ({ diffId, digest, mediaType, size, unpackedSize }): [Digest, StoredLayer][] =>
      digest === undefined || mediaType === undefined || size === undefined
        ? []
        : [[diffId, { digest, mediaType, size, unpackedSize }]],
  );
  return {
    chains: new Set(layers.map(({ chainId }) => chainId)),
    ...(engine.store === 'graph-driver'
      ? {}
      : { blobs: new Set(stored.map(([, { digest }]) => digest)) }),
    layers: new Map(stored),
    places: layers.map(({ chainId, diffId }) => ({ chainId, diffId })),
  };
}

/**
 * Decides which layers to leave out: those that every host has in every image of the bundle that uses them. Engines
 * with graph drivers identify a layer by its chain ID, so the same blob on another base is a different layer;
 * containerd identifies it by its digest.
 */
export function planOmission(
  hosts: readonly Holdings[],
  images: readonly Pick<EngineImage, 'diffIds'>[],
): Omission {
  const chainsOfLayer = new Map<Digest, Digest[]>();
  for (const { diffIds } of images) {
    const chain = chainIds(diffIds);
    diffIds.forEach((diffId, index) => {
      const chainId = chain[index];
      if (chainId === undefined) return;
      chainsOfLayer.set(diffId, [...(chainsOfLayer.get(diffId) ?? []), chainId]);
    });
  }
  const omitted = new Set<Digest>();
  const stored = new Map<Digest, StoredLayer>();
  for (const [diffId, chains] of hosts.length === 0 ? [] : chainsOfLayer) {
    const layer = hosts.map(({ layers }) => layers.get(diffId)).find((one) => one !== undefined);
    const isThere = ({ chains: known, blobs }: Holdings): boolean =>
      chains.every((chain) => known.has(chain)) &&
      (blobs === undefined || (layer !== undefined && blobs.has(layer.digest)));
    if (!hosts.every(isThere)) continue;
    // An engine may send the layer uncompressed or in its stored form.
    for (const arrived of layer === undefined ? [diffId] : [diffId, layer.digest]) {
      omitted.add(arrived);
      if (layer !== undefined) stored.set(arrived, layer);
    }
  }
  return {
    omits: (arrived) => omitted.has(arrived),
    stored: (arrived) => stored.get(arrived),
  };
}
