import { chainIds, type Digest, digestOf, limits } from '@bundle/format';
import type { Holdings, NamedLayers } from '../omission.ts';

/** Returns the old layers from which a new one is best made, by diff ID, the likeliest first; empty if there are none. */
export type AncestorsOf = (diffId: Digest, unpackedSize: number) => readonly Digest[];

/**
 * Plans from which layers of the hosts new layers can be made. The previous version of an image has the same service or
 * repository, and a layer's ancestor is at the same place in it, then come its other layers that the new image no longer
 * has. Of hosts known by an inventory, only the layers are known: those on top of the same layers count. Every host must
 * have the layer.
 */
export function planAncestors(
  hosts: readonly Holdings[],
  images: readonly NamedLayers[],
): AncestorsOf {
  const [host] = hosts.toSorted(
    (a, b) => Number(b.images !== undefined) - Number(a.images !== undefined),
  );
  if (host === undefined) return () => [];
  const everywhere = hosts.map(({ places }) => new Set(places.map(({ diffId }) => diffId)));
  const isEverywhere = (diffId: Digest): boolean => everywhere.every((has) => has.has(diffId));
  const found = new Map<Digest, Set<Digest>>();
  for (const image of images) {
    const candidates =
      host.images === undefined
        ? siblings(image, host)
        : replaced(image, previousOf(image, host.images));
    for (const [diffId, ancestors] of candidates) {
      found.set(diffId, new Set([...(found.get(diffId) ?? []), ...ancestors.filter(isEverywhere)]));
    }
  }
  const bySize = (wanted: number) => (a: Digest, b: Digest) =>
    Math.abs(sizeOf(host, a) - wanted) - Math.abs(sizeOf(host, b) - wanted);
  return (diffId, unpackedSize) => {
    const ancestors = [...(found.get(diffId) ?? [])];
    const sorted = host.images === undefined ? ancestors.toSorted(bySize(unpackedSize)) : ancestors;
    return sorted.slice(0, host.images === undefined ? maxSiblings : limits.maxDeltaAncestors);
  };
}

/** Layers of other images on the same base are many; the closest in size are the likeliest. */
const maxSiblings = 2;

function sizeOf({ layers }: Holdings, diffId: Digest): number {
  const { unpackedSize, size = 0 } = layers.get(diffId) ?? {};
  return unpackedSize ?? size;
}

function previousOf({ names }: NamedLayers, old: readonly NamedLayers[]): NamedLayers | undefined {
  for (const name of names) {
    const found = old.find((image) => image.names.includes(name));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Returns the layers that a new image replaces in the old one, for each new layer: first the one at its place. */
function replaced(
  image: NamedLayers,
  old: NamedLayers | undefined,
): Map<Digest, readonly Digest[]> {
  const isKept = new Set(image.diffIds);
  const found = new Map<Digest, readonly Digest[]>();
  if (old === undefined) return found;
  const isKnown = new Set(old.diffIds);
  const gone = old.diffIds.filter((diffId) => !isKept.has(diffId));
  image.diffIds.forEach((diffId, index) => {
    if (isKnown.has(diffId)) return;
    const same = old.diffIds[index];
    const first = gone.filter((one) => one === same);
    found.set(diffId, [...first, ...gone.filter((one) => one !== same)]);
  });
  return found;
}

/**
 * Returns the layers that a host has where a new image has another one: on top of the same layers, or of those that the
 * new image replaces.
 */
function siblings({ diffIds }: NamedLayers, host: Holdings): Map<Digest, readonly Digest[]> {
  const found = new Map<Digest, readonly Digest[]>();
  const own = new Set(diffIds);
  const known = new Set(host.places.map(({ chainId }) => chainId));
  const chain = chainIds(diffIds);
  let below: Digest | undefined;
  for (const [index, diffId] of diffIds.entries()) {
    const same = chain[index];
    if (same !== undefined && known.has(same)) {
      below = same;
      continue;
    }
    const there = host.places.filter((place) => !own.has(place.diffId) && isOn(below, place));
    const [first] = there.toSorted((a, b) => sizeOf(host, b.diffId) - sizeOf(host, a.diffId));
    // Nothing on top of these layers: the host has no image like this one.
    if (first === undefined) break;
    found.set(
      diffId,
      there.map((place) => place.diffId),
    );
    below = first.chainId;
  }
  return found;
}

/** Tells whether a layer is directly on top of the layers with a chain ID (OCI image-spec, config.md). */
function isOn(below: Digest | undefined, { chainId, diffId }: Holdings['places'][number]): boolean {
  return chainId === (below === undefined ? diffId : digestOf(`${below} ${diffId}`));
}
