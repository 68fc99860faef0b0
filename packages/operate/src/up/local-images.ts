import type { ProjectContainer } from '@bundle/engine';
import type { BundleImage, BundleManifest } from '@bundle/format';
import { pinnedName, runImages, suffixed } from '@bundle/host';
import type { StableMount } from './stable-mounts.ts';

/** The lasting name of an image that was put into the running application by hand, by a rebuild for instance. */
export function localName(reference: string, imageId: string): string {
  return suffixed(reference, `local-${imageId.replace(/^sha256:/, '').slice(0, 12)}`);
}

export function imageOfService(manifest: BundleManifest, service: string): BundleImage | undefined {
  return manifest.images.find(({ services }) => services.includes(service));
}

export function isImage({ imageId, topDigest, manifestDigest }: BundleImage, id: string): boolean {
  return [imageId, topDigest, manifestDigest].some((digest) => digest === id);
}

/** Services that run another image than the release's: rebuilt or started by hand. */
export function localImages(
  manifest: BundleManifest,
  containers: readonly ProjectContainer[],
): Map<string, { readonly reference: string; readonly imageId: string }> {
  const found = new Map<string, { reference: string; imageId: string }>();
  for (const { service, imageId } of containers) {
    const image = imageOfService(manifest, service);
    if (image === undefined || isImage(image, imageId)) continue;
    found.set(service, { reference: image.reference, imageId });
  }
  return found;
}

/**
 * The file that is laid over the bundle's own, with the image that each service runs and the files that it mounts.
 * JSON is YAML, and needs no quoting of ours.
 */
export function pinnedOverride(
  images: ReadonlyMap<string, string>,
  mounts: ReadonlyMap<string, readonly StableMount[]>,
): string {
  const services = [...images].map(([service, image]) => [
    service,
    {
      image,
      ...(mounts.has(service) ? { volumes: mounts.get(service)?.map(composeMount) } : {}),
    },
  ]);
  const document = { services: Object.fromEntries(services) };
  return `# Made by \`bundle up\`: the images and files of this release, by names that no other release takes.\n${JSON.stringify(document, undefined, 2)}\n`;
}

function composeMount({ source, target, readOnly }: StableMount): object {
  const bind = { create_host_path: false };
  return { type: 'bind', source, target, read_only: readOnly, bind };
}

/** Service and image name of everything that a release runs, with what is kept in its place. */
export function pinnedServices(
  manifest: BundleManifest,
  kept: ReadonlyMap<string, { readonly reference: string; readonly imageId: string }>,
): Map<string, string> {
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
