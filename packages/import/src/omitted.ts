import type { EngineImage } from '@bundle/engine';
import {
  BundleError,
  type BundleImage,
  type BundleManifest,
  chainIds,
  type Digest,
} from '@bundle/format';

/** Returns the digests of the layers that an incremental bundle leaves out. */
export function omittedLayers({ omitted = [] }: BundleManifest): ReadonlySet<Digest> {
  return new Set(omitted.map(({ digest }) => digest));
}

/**
 * Fails with `base-missing` if the engine lacks an omitted layer at the place where an image needs it. For a
 * containerd store and an image layout this check is necessary but not sufficient; the load or the pull shows the rest.
 */
export function checkOmitted(
  manifest: BundleManifest,
  missing: readonly BundleImage[],
  enginesImages: readonly Pick<EngineImage, 'diffIds'>[],
): void {
  const omitted = omittedLayers(manifest);
  if (omitted.size === 0) return;
  const known = new Set(enginesImages.flatMap(({ diffIds }) => chainIds(diffIds)));
  const absent = new Set<Digest>();
  for (const { layers } of missing) {
    const chain = chainIds(layers.map(({ diffId }) => diffId));
    layers.forEach(({ digest }, index) => {
      const chainId = chain[index];
      if (chainId !== undefined && omitted.has(digest) && !known.has(chainId)) absent.add(digest);
    });
  }
  if (absent.size > 0) throw baseMissing(manifest, absent);
}

/** Returns the omitted layers that an image uses. */
export function omittedOf(
  { layers }: Pick<BundleImage, 'layers'>,
  omitted: ReadonlySet<Digest>,
): ReadonlySet<Digest> {
  return new Set(layers.map(({ digest }) => digest).filter((digest) => omitted.has(digest)));
}

export function baseMissing(
  { product, version, base }: BundleManifest,
  absent: ReadonlySet<Digest>,
): BundleError {
  const [first] = absent;
  const more = absent.size > 1 ? ` and ${absent.size - 1} more` : '';
  return new BundleError('base-missing', {
    operation: 'looking on the engine for the layers left out of',
    subject: `${product} ${version}`,
    expected:
      base === undefined
        ? 'the layers listed in the inventory'
        : `the layers of ${base.product} ${base.version} (${base.digest})`,
    found: `no layer ${first}${more}`,
    hint:
      base === undefined
        ? 'No image was changed. Write a new inventory here and export for it, or bring a whole bundle.'
        : `No image was changed. Import ${base.product} ${base.version} first, or bring a whole bundle.`,
  });
}

/**
 * Makes the error of an image layout that has the layers of the base, but not the bytes that the bundle left out: it keeps
 * them by the digests of their bytes. Undefined for any other failure.
 */
export function otherBytes(error: unknown, manifest: BundleManifest): BundleError | undefined {
  if (!(error instanceof BundleError) || error.code !== 'load-mismatch') return undefined;
  if (omittedLayers(manifest).size === 0) return undefined;
  const { product, version } = manifest;
  return new BundleError('base-missing', {
    operation: 'looking on the engine for the layers left out of',
    subject: `${product} ${version}`,
    expected: 'the same bytes as in the base',
    found: 'the same layers, compressed in another way',
    hint: 'No image was changed. Bring a whole bundle: export it without --since and --for.',
    cause: error,
  });
}

/**
 * Hint for an older engine with the containerd image store: for an incremental bundle it must reach import's endpoint
 * on loopback.
 */
export const pullHint =
  'Before Docker 28, the containerd image store takes an incremental bundle only on the engine’s own host: import it there, bring a whole bundle, or update the engine.';
