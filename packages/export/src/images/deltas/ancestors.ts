import { chainIds, type Digest, digestOf, limits } from '@bundle/format';
import type { Holdings, NamedLayers } from '../omission.ts';

/**
 * Returns lists of old layers, by diff ID, the likeliest first. A new layer is best made from those of one list; each
 * host has all layers of some list. Empty if there is a host without a likely old layer.
 */
export type AncestorsOf = (diffId: Digest, unpackedSize: number) => readonly (readonly Digest[])[];

/** Returns the old layers of one host. */
type AncestorsOnHost = (diffId: Digest, unpackedSize: number) => readonly Digest[];

/** Each list needs a delta of its own, and with more of them a whole layer is soon the smaller one. */
const maxLists = 4;

/**
 * Plans from which layers of the hosts new layers can be made. The previous version of an image has the same service or
 * repository, and a layer's ancestor is at the same place in it, then come its other layers that the new image no longer
 * has. Of hosts known by an inventory, only the layers are known: those on top of the same layers count. If every host
 * has the likeliest one of a host, that is enough; otherwise hosts at different releases have lists of their own.
 */
export function planAncestors(
  hosts: readonly Holdings[],
  images: readonly NamedLayers[],
): AncestorsOf {
  const known = hosts
    .toSorted((a, b) => Number(b.images !== undefined) - Number(a.images !== undefined))
    .map((host) => ({
      has: new Set(host.places.map(({ diffId }) => diffId)),
      ancestors: ancestorsOn(host, images),
    }));
  return (diffId, unpackedSize) => {
    for (const { ancestors } of known) {
      const isEverywhere = (one: Digest): boolean => known.every(({ has }) => has.has(one));
      const [best, ...others] = ancestors(diffId, unpackedSize);
      if (best !== undefined && isEverywhere(best)) return [[best, ...others.filter(isEverywhere)]];
    }
    const lists: (readonly Digest[])[] = [];
    for (const { has, ancestors } of known) {
      if (lists.some((list) => list.every((one) => has.has(one)))) continue;
      // A host may have the layer itself, in another place or as the only one of several hosts.
      const list = has.has(diffId) ? [diffId] : ancestors(diffId, unpackedSize);
      if (list.length === 0) return [];
      lists.push(list);
    }
    return lists.length > maxLists ? [] : lists;
  };
}

function ancestorsOn(host: Holdings, images: readonly NamedLayers[]): AncestorsOnHost {
  const found = new Map<Digest, Set<Digest>>();
  for (const image of images) {
    const candidates =
      host.images === undefined
        ? siblings(image, host)
        : replaced(image, previousOf(image, host.images));
    for (const [diffId, ancestors] of candidates) {
      found.set(diffId, new Set([...(found.get(diffId) ?? []), ...ancestors]));
    }
  }
  const bySize = (wanted: number) => (a: Digest, b: Digest) =>
    Math.abs(sizeOf(host, a) - wanted) - Math.abs(sizeOf(host, b) - wanted);
  return (diffId, unpackedSize) => {
    const ancestors = [...(found.get(diffId) ?? [])];
    return host.images === undefined
      ? ancestors.toSorted(bySize(unpackedSize)).slice(0, maxSiblings)
      : ancestors.slice(0, limits.maxDeltaAncestors);
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
