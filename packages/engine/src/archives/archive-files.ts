import { BundleError, limits } from '@bundle/format';
import { type Extent, streamExtent } from '@bundle/store';
import { layersInPlace } from '../oci-layout/layers-in-place.ts';
import type { LayoutFiles } from '../oci-layout/layout-files.ts';

/** Returns the files of an archive, read where they are in it. */
export function archiveFiles(archive: string, files: ReadonlyMap<string, Extent>): LayoutFiles {
  const place = (path: string): string => `${archive}: ${path}`;
  return {
    place,
    async read(path) {
      const extent = files.get(path);
      if (extent === undefined) return undefined;
      if (extent.size > limits.maxBundleManifestBytes) throw tooLarge(place(path), extent.size);
      const chunks: Buffer[] = [];
      for await (const chunk of streamExtent(extent, place(path))) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
    sizeOf: async (path) => files.get(path)?.size,
    layers: (wanted, options) => layersInPlace(wanted, async (path) => files.get(path), options),
  };
}

export function tooLarge(subject: string, size: number): BundleError {
  return new BundleError('input-unreadable', {
    operation: 'reading',
    subject,
    expected: `a document of at most ${limits.maxBundleManifestBytes} bytes`,
    found: `${size} bytes`,
    hint: 'Check that this is an archive of images.',
  });
}
