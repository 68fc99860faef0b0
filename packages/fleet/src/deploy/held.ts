import {
  type BundleManifest,
  blobPath,
  chainIds,
  type Digest,
  type Inventory,
  imagesOfAllPlatforms,
  manifestFor,
  runtimeDir,
} from '@bundle/format';

/**
 * Returns the paths of the files of a bundle that its host has already or has no use for: layers, the deltas for those,
 * programs, and the layers of other platforms. A
 * layer counts as there only where the host has it in every image that uses it. Engines with graph drivers know a
 * layer by the layers below it, others by its digest as well.
 */
export function heldPaths(whole: BundleManifest, inventory: Inventory): ReadonlySet<string> {
  const { images, files, deltas = [] } = manifestFor(whole, inventory.platform);
  const chains = new Set(inventory.layers.map(({ chainId }) => chainId));
  const blobs = new Set(inventory.layers.flatMap(({ digest }) => (digest ? [digest] : [])));
  const lacks = new Set<Digest>();
  const all = new Set<Digest>();
  for (const { layers } of images) {
    const chain = chainIds(layers.map(({ diffId }) => diffId));
    layers.forEach(({ digest }, index) => {
      all.add(digest);
      const chainId = chain[index];
      if (chainId === undefined || !chains.has(chainId)) lacks.add(digest);
    });
  }
  const isHeld = (digest: Digest): boolean =>
    all.has(digest) &&
    !lacks.has(digest) &&
    (inventory.engine.store === 'graph-driver' || blobs.has(digest));
  const programs = new Set((inventory.programs ?? []).map((one) => `${one.sha256} ${one.path}`));
  const others = imagesOfAllPlatforms(whole)
    .flatMap(({ layers }) => layers.map(({ digest }) => digest))
    .filter((digest) => !all.has(digest));
  return new Set([
    ...[...all].filter(isHeld).map(blobPath),
    ...others.map(blobPath),
    ...deltas.filter(({ digest }) => isHeld(digest)).map(({ blob }) => blobPath(blob)),
    ...files
      .filter(
        ({ path, sha256 }) => path.startsWith(runtimeDir) && programs.has(`${sha256} ${path}`),
      )
      .map(({ path }) => path),
  ]);
}
