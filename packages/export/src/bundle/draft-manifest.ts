import type { EngineImage } from '@bundle/engine';
import { type BundleManifest, type Platform, schemaVersion } from '@bundle/format';
import type { ApplicationPlan, PlannedImage } from '../application/application.ts';
import type { AssembledImage } from '../images/assemble.ts';
import type { KnownHosts } from '../images/read-holdings.ts';
import type { SavedArchive } from '../images/saved-archive.ts';
import type { NamedImage } from './layout-files.ts';

interface Planned {
  readonly application: ApplicationPlan;
  readonly planned: readonly PlannedImage[];
  readonly platform: Platform;
}

/** What bundle.json says before the bundle's files are known. */
export function draftManifest(
  { application, planned, platform }: Planned,
  named: readonly NamedImage[],
  created: Date,
  version: string | undefined,
): Omit<BundleManifest, 'files' | 'sizes'> {
  const iso = created.toISOString().replace('.000Z', 'Z');
  const images = planned.map(({ reference, services, use }, index) => {
    const image = named[index]?.image;
    if (image === undefined) throw new Error(`no image for ${reference}`);
    const uses = use === undefined ? {} : { use };
    return { reference, services: [...services], ...uses, ...pick(image) };
  });
  return {
    schemaVersion,
    product: application.product,
    version: version ?? iso.slice(0, 16).replaceAll('-', '.').replace('T', '-').replace(':', ''),
    created: iso,
    platform,
    images,
    envFiles: [...application.envFiles],
    leftOut: [...application.leftOut],
  };
}

function pick({ imageId, topDigest, manifestDigest, platform, layers }: AssembledImage) {
  return { imageId, topDigest, manifestDigest, platform, layers: [...layers] };
}

/** What an incremental bundle says of itself. */
export function omittedFields(
  known: KnownHosts | undefined,
  saved: SavedArchive,
): Pick<BundleManifest, 'base' | 'omitted'> {
  if (known === undefined) return {};
  const layers = new Map([...saved.layers.values()].map((layer) => [layer.digest, layer]));
  const omitted = [...layers.values()]
    .filter(({ digest }) => saved.omitted.has(digest))
    .map(({ digest, size }) => ({ digest, size }));
  return { ...(known.base === undefined ? {} : { base: known.base }), omitted };
}

/** Whole seconds: what tar headers hold. */
export function createdAt(images: readonly EngineImage[], epoch: number | undefined): Date {
  const newest = Math.max(
    0,
    ...images.map(({ created }) => Math.floor(Date.parse(created) / 1000)),
  );
  return new Date((epoch ?? newest) * 1000);
}
