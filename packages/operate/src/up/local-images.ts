import type { ProjectContainer } from '@bundle/engine';
import type { BundleImage, BundleManifest } from '@bundle/format';
import { localName, pinnedName, type RebuiltService, runImages } from '@bundle/host';
import type { StableMount, StableMounts } from './stable-mounts.ts';

export function imageOfService(manifest: BundleManifest, service: string): BundleImage | undefined {
  return manifest.images.find(({ services }) => services.includes(service));
}

export function isImage({ imageId, topDigest, manifestDigest }: BundleImage, id: string): boolean {
  return [imageId, topDigest, manifestDigest].some((digest) => digest === id);
}

/** An image that a service runs instead of the release's. */
export interface LocalImage {
  readonly reference: string;
  readonly imageId: string;
}
export type LocalImages = ReadonlyMap<string, LocalImage>;

/**
 * Returns the images that services run instead of the release's: rebuilt ones, otherwise those that run and were put in
 * by hand.
 */
export function chosenImages(
  rebuilt: ReadonlyMap<string, RebuiltService>,
  running: LocalImages,
): LocalImages {
  const byHand = [...running].filter(
    ([service, { imageId }]) => rebuilt.get(service)?.earlier.has(imageId) !== true,
  );
  return new Map([...rebuilt, ...byHand]);
}

/** Returns the services that run a different image than the release's, because it was rebuilt or started by hand. */
export function localImages(
  manifest: BundleManifest,
  containers: readonly ProjectContainer[],
): LocalImages {
  const found = new Map<string, LocalImage>();
  for (const { service, imageId } of containers) {
    const image = imageOfService(manifest, service);
    if (image === undefined || isImage(image, imageId)) continue;
    found.set(service, { reference: image.reference, imageId });
  }
  return found;
}

/**
 * Generates the override that is merged over the bundle's Compose files, with the image of each service and the files
 * that it mounts. It is JSON, which is valid YAML and needs no special quoting.
 */
export function pinnedOverride(
  images: ReadonlyMap<string, string>,
  { services: mounts, volumes }: StableMounts = { services: new Map(), volumes: new Map() },
): string {
  const services = [...images].map(([service, image]) => [
    service,
    {
      image,
      ...(mounts.has(service) ? { volumes: mounts.get(service)?.map(composeMount) } : {}),
    },
  ]);
  const bound = [...volumes].map(([name, device]) => [name, { driver_opts: { device } }]);
  const document = {
    services: Object.fromEntries(services),
    ...(bound.length > 0 ? { volumes: Object.fromEntries(bound) } : {}),
  };
  return `# Made by \`bundle up\`: the images and files of this release, under names that no other release takes.\n${JSON.stringify(document, undefined, 2)}\n`;
}

function composeMount({ source, target, readOnly, created, bindOptions }: StableMount): object {
  const bind = { ...bindOptions, create_host_path: created };
  return { type: 'bind', source, target, read_only: readOnly, bind };
}

/** Returns the image name of each service of a release, with the images in `kept` instead of its own. */
export function pinnedServices(manifest: BundleManifest, kept: LocalImages): Map<string, string> {
  return new Map(
    runImages(manifest).flatMap((image) =>
      image.services.map((service): [string, string] => {
        const local = kept.get(service);
        return [
          service,
          local === undefined ? pinnedName(image) : localName(local.reference, local.imageId),
        ];
      }),
    ),
  );
}
