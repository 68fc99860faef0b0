import { type Digest, digestOfBlobPath } from '@bundle/format';
import { type Extent, requireEntry, sizeMismatch } from '@bundle/store';
import type { OpenedBundle } from '@bundle/verify';
import type { RegistryContent } from './content.ts';
import { storedContent } from './stored-content.ts';

/**
 * Serves the images of bundles, of either form, under the references that bundle.json gives. Presence and size of
 * every listed blob and the digests of the image documents are checked here; digests of the other blobs as they are sent.
 */
export function bundleContent(...bundles: readonly OpenedBundle[]): Promise<RegistryContent> {
  const images = bundles.flatMap(({ manifest }) => manifest.images);
  return storedContent(images, new Map(bundles.flatMap(blobsOf)));
}

function blobsOf({ source, manifest }: OpenedBundle): [Digest, Extent][] {
  return manifest.files.flatMap(({ path, size }): [Digest, Extent][] => {
    const digest = digestOfBlobPath(path);
    if (digest === undefined) return [];
    const extent = requireEntry(source, path);
    if (extent.size !== size) throw sizeMismatch(path, size, extent.size);
    return [[digest, extent]];
  });
}
