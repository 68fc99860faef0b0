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
 * Files take whole blocks on a disk and parts of them in a layer, so a tenth of a layer is added: 155 MB of Debian's packages
 * and Python's needed 1 % (graph driver) and 7 % (containerd store) on ext4.
 */
const blockShare = 10;

/**
 * Bytes that loading may take in the engine's data folder at its highest point: what is sent, which the graph drivers
 * keep until it is unpacked and the containerd store for good, and the layers unpacked. Nothing for what is there already.
 */
export function engineBytes(
  missing: readonly BundleImage[],
  present: readonly EngineImage[],
  { store, readsZstd }: Pick<EngineInfo, 'store' | 'readsZstd'>,
  omitted: ReadonlySet<Digest> = new Set(),
): number {
  if (missing.length === 0) return 0;
  const stored = sentBytes(planLoads(missing, present, store, omitted));
  if (store === 'oci-layout') return stored;
  const unpacked = unpackedBytes(missing, present);
  return (readsZstd ? stored : unpacked) + unpacked + Math.ceil(unpacked / blockShare);
}

/** Uncompressed layers that stand on a chain which no image of the engine has; a chain counts once. */
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

/** As ext4 is made: more files than images have. */
const bytesPerImageFile = 16_384;

/** Inodes that unpacked layers may take; how many files they hold is not known before. */
export function engineFiles(bytes: number): number {
  return Math.ceil(bytes / bytesPerImageFile);
}

/** Inodes that a release takes in the state folder, with as many for folders. */
export function stateFiles({ files }: Pick<BundleManifest, 'files'>): number {
  return 2 * files.filter(({ path }) => !path.startsWith(`${paths.imagesDir}/`)).length + 16;
}

/** The Compose program takes 3.6 times what it is packed to. */
const composeRatio = 4;

/**
 * What staging a release's files takes in the state folder: whole blocks of 4 KiB, and as much for folders. Files of `there`
 * are linked; `unpacksCompose` where the host has no Compose that does.
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
