import type { Engine, EngineImage } from '@bundle/engine';
import {
  type BundleLayer,
  type BundleManifest,
  chainIds,
  comparePaths,
  type Digest,
  type Inventory,
  orderOf,
  runtimeDir,
} from '@bundle/format';
import { listInstances, readInstance } from './instance.ts';
import { installedKit } from './kit/kit-folder.ts';

/**
 * Lists the layers on this host's engine, the imported releases, and the programs that they and the kit carry. `plugins` are the
 * versions of the host's own docker plugins. Changes nothing.
 */
export async function takeInventory(
  engine: Engine,
  stateDir: string,
  plugins: NonNullable<Inventory['plugins']>,
): Promise<Inventory> {
  const { version, store, platform } = await engine.info();
  const instances = await Promise.all((await listInstances(stateDir)).map(readInstance));
  const kit = await installedKit(stateDir);
  const releases = instances.flatMap((one) => one.releases.toSorted(byName));
  return {
    kind: 'bundle-inventory',
    schemaVersion: 1,
    platform,
    engine: { version, store },
    releases: releases.map(({ manifest, digest }) => ({
      product: manifest.product,
      version: manifest.version,
      digest,
      ...orderOf(manifest),
    })),
    layers: layersOf(
      await engine.listImages(),
      releases.map(({ manifest }) => manifest),
    ),
    programs: programsOf([...releases.map(({ manifest }) => manifest), ...(kit ? [kit] : [])]),
    ...(kit && { kit: { version: kit.version } }),
    plugins,
  };
}

/** Lists each program once. */
function programsOf(
  releases: readonly Pick<BundleManifest, 'files'>[],
): NonNullable<Inventory['programs']> {
  const found = new Map<string, { path: string; sha256: string }>();
  for (const { path, sha256 } of releases.flatMap(({ files }) => files)) {
    if (path.startsWith(runtimeDir)) found.set(`${sha256} ${path}`, { path, sha256 });
  }
  return [...found.values()].sort(
    (a, b) => comparePaths(a.path, b.path) || comparePaths(a.sha256, b.sha256),
  );
}

/**
 * Lists the layers of all images by chain ID. The stored form of a layer is known where an image of a release is still
 * on the engine; that its blob exists as well is certain only for the containerd store.
 */
export function layersOf(
  images: readonly Pick<EngineImage, 'id' | 'diffIds'>[],
  releases: readonly Pick<BundleManifest, 'images'>[],
): Inventory['layers'] {
  const ids = new Set(images.map(({ id }) => id));
  const stored = new Map<Digest, BundleLayer>();
  for (const { imageId, topDigest, manifestDigest, layers } of releases.flatMap((r) => r.images)) {
    if (![imageId, topDigest, manifestDigest].some((id) => ids.has(id))) continue;
    const chain = chainIds(layers.map(({ diffId }) => diffId));
    layers.forEach((layer, index) => {
      const chainId = chain[index];
      if (chainId !== undefined) stored.set(chainId, layer);
    });
  }
  const found = new Map<Digest, Inventory['layers'][number]>();
  for (const { diffIds } of images) {
    chainIds(diffIds).forEach((chainId, index) => {
      const diffId = diffIds[index];
      if (diffId !== undefined) found.set(chainId, { chainId, diffId, ...stored.get(chainId) });
    });
  }
  return [...found.values()].sort((a, b) => (a.chainId < b.chainId ? -1 : 1));
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
