import { BundleError, limits } from '@bundle/format';
import { type Extent, streamExtent } from '@bundle/store';
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
    extentOf: async (path) => files.get(path),
  };
}

function tooLarge(subject: string, size: number): BundleError {
  return new BundleError('input-unreadable', {
    operation: 'reading',
    subject,
    expected: `a document of at most ${limits.maxBundleManifestBytes} bytes`,
    found: `${size} bytes`,
    hint: 'Check that this is an archive of images.',
  });
}
