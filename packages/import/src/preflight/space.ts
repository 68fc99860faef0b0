import type { EngineImage, EngineInfo } from '@bundle/engine';
import {
  type BundleImage,
  type BundleManifest,
  chainIds,
  type Digest,
  paths,
} from '@bundle/format';
import { planLoads, sentBytes } from '../load-plan.ts';

/**
 * Divisor of the bytes of a layer to add for its files, which take whole blocks on a disk. 155 MB of Debian and Python
 * packages needed 1 % more (graph driver) and 7 % more (containerd store) on ext4.
 */
const blockShare = 10;

/**
 * Estimates the peak use of the engine's data folder by loading, in bytes: the sent data, which graph drivers keep
 * until it is unpacked and the containerd store keeps for good, and the unpacked layers. Layers that the engine already
 * has count nothing.
 */
export function engineBytes(
  missing: readonly BundleImage[],
  present: readonly EngineImage[],
  { store, readsZstd, loadsPartially }: Pick<EngineInfo, 'store' | 'readsZstd' | 'loadsPartially'>,
  omitted: ReadonlySet<Digest> = new Set(),
): number {
  if (missing.length === 0) return 0;
  const stored = sentBytes(planLoads(missing, present, { store, loadsPartially }, omitted));
  if (store === 'oci-layout') return stored;
  const unpacked = unpackedBytes(missing, present);
  return (readsZstd ? stored : unpacked) + unpacked + Math.ceil(unpacked / blockShare);
}

/** Returns the uncompressed bytes of layers whose chain no image of the engine has; each chain counts once. */
function unpackedBytes(missing: readonly BundleImage[], present: readonly EngineImage[]): number {
  const seen = new Set(present.flatMap(({ diffIds }) => chainIds(diffIds)));
  let sum = 0;
  for (const { layers } of missing) {
    const chain = chainIds(layers.map(({ diffId }) => diffId));
    layers.forEach(({ size, unpackedSize = size }, index) => {
      const id = chain[index];
      if (id === undefined || seen.has(id)) return;
      seen.add(id);
      sum += unpackedSize;
    });
  }
  return sum;
}

/** Default of ext4, which allows for more files than images have. */
const bytesPerImageFile = 16_384;

/** Estimates the inodes that unpacked layers may take; their number of files is not known before. */
export function engineFiles(bytes: number): number {
  return Math.ceil(bytes / bytesPerImageFile);
}

/** Returns the inodes that a release takes in the state folder, with as many for folders. */
export function stateFiles({ files }: Pick<BundleManifest, 'files'>): number {
  return 2 * files.filter(({ path }) => !path.startsWith(`${paths.imagesDir}/`)).length + 16;
}

/** Ratio of the Compose program to its packed size, which is 4.05. */
const composeRatio = 5;

/**
 * Returns the bytes that staging a release takes in the state folder: whole blocks of 4 KiB, and as much for folders.
 * Files in `there` are linked. `unpacksCompose`: the host has no suitable Compose of its own.
 */
export function stateBytes(
  { files }: Pick<BundleManifest, 'files'>,
  there: ReadonlySet<string> = new Set(),
  unpacksCompose = false,
): number {
  const block = 4096;
  const compose = files.find(({ path }) => path === paths.composePlugin)?.size ?? 0;
  return files
    .filter(({ path }) => !path.startsWith(`${paths.imagesDir}/`) && !there.has(path))
    .reduce(
      (sum, { size }) => sum + Math.ceil(size / block) * block + block,
      16 * block + (unpacksCompose ? compose * composeRatio : 0),
    );
}
