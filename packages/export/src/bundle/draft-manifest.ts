import {
  type BundleImage,
  type BundleManifest,
  type Digest,
  defined,
  type Platform,
  schemaVersion,
} from '@bundle/format';
import type { ApplicationPlan } from '../application/application.ts';
import type { AssembledImage } from '../images/assemble.ts';
import type { PackedReferrer } from '../images/find-referrers.ts';
import type { PackedImage, PresentImage } from '../images/packed-image.ts';
import type { KnownHosts } from '../images/read-holdings.ts';
import type { SavedImages } from '../images/saved-images.ts';
import type { planOrder } from './order.ts';

interface Release {
  readonly application: ApplicationPlan;
  readonly platform: Platform;
  readonly created: Date;
  readonly version: string | undefined;
  readonly order: ReturnType<typeof planOrder>;
}

/** Contents of bundle.json before the bundle's files are known. */
export type Draft = Omit<BundleManifest, 'files' | 'sizes'>;

export function draftManifest(
  { application, platform, created, version, order }: Release,
  packed: readonly PackedImage[],
  further: readonly { readonly platform: Platform; readonly images: readonly PackedImage[] }[],
): Draft {
  const iso = created.toISOString().replace('.000Z', 'Z');
  const platforms = further.map(({ platform, images }) => ({
    platform,
    images: images.map(describe),
  }));
  return {
    schemaVersion,
    product: application.product,
    version: version ?? iso.slice(0, 16).replaceAll('-', '.').replace('T', '-').replace(':', ''),
    ...order,
    created: iso,
    platform,
    images: packed.map(describe),
    ...(platforms.length === 0 ? {} : { platforms }),
    envFiles: [...application.envFiles],
    leftOut: [...application.leftOut],
  };
}

function describe({ planned, assembled }: PackedImage): BundleImage {
  const { reference, services, use } = planned;
  return { reference, services: [...services], ...defined({ use }), ...pick(assembled) };
}

function pick({ imageId, topDigest, manifestDigest, platform, layers }: AssembledImage) {
  return { imageId, topDigest, manifestDigest, platform, layers: [...layers] };
}

/** Returns the field of bundle.json that lists signatures and attestations. */
export function referrerFields(
  referrers: readonly PackedReferrer[],
): Pick<BundleManifest, 'referrers'> {
  if (referrers.length === 0) return {};
  return {
    referrers: referrers.map(({ reference, subject, digest, tag, blobs }) => ({
      ...{ reference, subject, digest },
      ...defined({ tag }),
      blobs: blobs.map(({ digest: of, size }) => ({ digest: of, size })),
    })),
  };
}

/** Returns the fields of bundle.json that describe an incremental bundle. */
export function omittedFields(
  known: KnownHosts | undefined,
  saved: SavedImages,
): Pick<BundleManifest, 'base' | 'omitted' | 'deltas'> {
  if (known === undefined) return {};
  const layers = new Map<Digest, { digest: Digest; size: number }>();
  for (const layer of saved.layers.values()) layers.set(layer.digest, layer);
  const omitted = [...layers.values()]
    .filter(({ digest }) => saved.omitted.has(digest))
    .map(({ digest, size }) => ({ digest, size }));
  const deltas = [...saved.deltas.values()].flat();
  return { ...defined({ base: known.base }), omitted, ...(deltas.length === 0 ? {} : { deltas }) };
}

/** Returns the time of the bundle in whole seconds, the resolution of tar headers. */
export function createdAt(images: readonly PresentImage[], epoch: number | undefined): Date {
  const times = images.map(({ onEngine }) => Math.floor(Date.parse(onEngine.created) / 1000));
  // An engine may report no time, or an invalid one.
  const newest = Math.max(0, ...times.filter(Number.isFinite));
  return new Date((epoch ?? newest) * 1000);
}
