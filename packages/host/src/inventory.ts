import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine, EngineImage } from '@bundle/engine';
import { ioError } from '@bundle/files';
import {
  type BundleLayer,
  type BundleManifest,
  chainIds,
  type Digest,
  digestOfHex,
  type Inventory,
  paths,
  systemErrorCode,
} from '@bundle/format';
import { openKnownBundle } from '@bundle/verify';

interface InstalledRelease {
  readonly manifest: BundleManifest;
  readonly digest: Digest;
}

/** What the engine of this host has, and which releases brought it. Changes nothing. */
export async function takeInventory(engine: Engine, stateDir: string): Promise<Inventory> {
  const { version, store, platform } = await engine.info();
  const releases = await installedReleases(stateDir);
  return {
    kind: 'bundle-inventory',
    schemaVersion: 1,
    platform,
    engine: { version, store },
    releases: releases.map(({ manifest, digest }) => ({
      product: manifest.product,
      version: manifest.version,
      digest,
    })),
    layers: layersOf(
      await engine.listImages(),
      releases.map(({ manifest }) => manifest),
    ),
  };
}

/**
 * Layers of all images, by chain ID. How a layer is stored is known where an image of a release is on the engine still;
 * that its blob is there, too, is certain only for the containerd store.
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

/** Releases that are staged whole in the state folder, by product and folder name. */
async function installedReleases(stateDir: string): Promise<InstalledRelease[]> {
  const found: InstalledRelease[] = [];
  for (const product of await namesIn(stateDir)) {
    const folder = join(stateDir, product, 'releases');
    for (const name of await namesIn(folder)) {
      const file = join(folder, name, paths.manifest);
      if (name.endsWith('.partial') || !(await isThere(file))) continue;
      const { manifest, digest } = await openKnownBundle(file);
      found.push({ manifest, digest: digestOfHex(digest.slice('sha256:'.length)) });
    }
  }
  return found;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw ioError(error, 'reading the state folder', folder, 'input-unreadable');
  }
}

async function isThere(file: string): Promise<boolean> {
  try {
    await readFile(file);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw ioError(error, 'reading the state folder', file, 'input-unreadable');
  }
}
