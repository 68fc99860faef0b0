import {
  type BundleManifest,
  blobPath,
  type Digest,
  paths,
  type WorkOptions,
} from '@bundle/format';
import type { RecordCache } from '@bundle/sbom';
import type { Extent, HeadFile } from '@bundle/store';
import type { SavedImages } from '../images/saved-images.ts';

/** How an export lists the packages inside its images. */
export interface PackageListing {
  /** What is known of layers already. */
  readonly records: RecordCache;
  /** The program that makes the list. */
  readonly tool: { readonly name: string; readonly version: string };
}

/** A layer that arrives compressed is read where the cache keeps it. */
const notCached = 'arrived compressed and was not read, since there is no layer cache';

/** What an export found inside the images. */
export interface PackagesReport {
  readonly listed: number;
  /** Number of reasons why there may be more. The list has them. */
  readonly problems: number;
  /** False where there are too many packages for the list. */
  readonly isCarried: boolean;
}

/** Room for some 3,000 packages, and for some 100. */
const maxListBytes = 128 * 1024;
const minListBytes = 4 * 1024;

/**
 * Returns the room for the list of an image in the head of a single file: a thousandth of the image. Images of hundreds of
 * small packages need a quarter of that.
 */
export function listRoom({ size }: { readonly size: number }): number {
  return Math.min(Math.max(Math.ceil(size / 1000), minListBytes), maxListBytes);
}

/**
 * Makes the list of packages of the application's images (docs/bundle-format.md, §19). Layers that arrived plain were
 * read on their way; others are read where their files are. Without a file, the list says that they were not read.
 * No file is returned where there are too many packages for one.
 */
export async function packageList(
  draft: Omit<BundleManifest, 'files' | 'sizes'>,
  saved: SavedImages,
  places: ReadonlyMap<Digest, Extent>,
  { records, tool }: PackageListing,
  work: WorkOptions,
): Promise<{ readonly files: readonly HeadFile[]; readonly report: PackagesReport }> {
  const { layerPackages, packCarried, readAttestations } = await import('@bundle/sbom');
  const { product, version, created } = draft;
  const entries = new Map([...places].map(([digest, extent]) => [`${blobPath(digest)}`, extent]));
  const images = draft.images.filter(({ use }) => use === undefined);
  const read = await layerPackages(
    { entries, leftOut: draft, otherwise: notCached },
    images,
    records,
    work,
  );
  const stored = new Set([...saved.layers.values()].map(({ digest }) => digest));
  const described = await Promise.all(
    read.map(async (packages, index) => {
      const image = images[index];
      const attestations =
        image === undefined
          ? []
          : await readAttestations(
              image,
              async (digest) => saved.documents.get(digest),
              (digest) => saved.documents.has(digest) || stored.has(digest),
            );
      return { ...packages, ...(attestations.length === 0 ? {} : { attestations }) };
    }),
  );
  const bytes = await packCarried({ product, version, created, images: described, tool });
  const report = {
    listed: described.reduce((sum, { packages }) => sum + packages.length, 0),
    problems: described.reduce((sum, { problems }) => sum + problems.length, 0),
    isCarried: bytes !== undefined,
  };
  return {
    files: bytes === undefined ? [] : [{ path: paths.sbom, bytes, executable: false }],
    report,
  };
}
