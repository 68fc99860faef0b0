import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { BundleError, type BundleManifest, paths, reasonOf } from '@bundle/format';
import { type BundleSource, digestMismatch, readExtent } from '@bundle/store';
import { cycloneDxDocument } from './documents/cyclonedx.ts';
import { readCycloneDx } from './documents/read-cyclonedx.ts';
import type { DescribedImage, SbomSource } from './documents/source.ts';
import { sbomLimits } from './package.ts';

/** Makes the list that a bundle carries (docs/bundle-format.md, §19); undefined where it would be too long to read. */
export async function packCarried(source: SbomSource): Promise<Buffer | undefined> {
  const count = source.images.reduce((sum, { packages }) => sum + packages.length, 0);
  if (count > sbomLimits.maxCarriedPackages) return undefined;
  return promisify(gzip)(JSON.stringify(cycloneDxDocument(source)), { level: 9 });
}

/** Reads the list that a bundle carries, checked against bundle.json; undefined if it carries none. */
export async function carriedPackages(
  { entries }: Pick<BundleSource, 'entries'>,
  { files }: BundleManifest,
): Promise<DescribedImage[] | undefined> {
  const listed = files.find(({ path }) => path === paths.sbom);
  const extent = entries.get(paths.sbom);
  if (listed === undefined || extent === undefined) return undefined;
  const packed = await readExtent(extent, sbomLimits.maxDocumentBytes, paths.sbom);
  const sha256 = createHash('sha256').update(packed).digest('hex');
  if (sha256 !== listed.sha256) throw digestMismatch(paths.sbom, listed.sha256, sha256);
  try {
    const options = { maxOutputLength: sbomLimits.maxDocumentBytes };
    return readCycloneDx(await promisify(gunzip)(packed, options));
  } catch (error) {
    throw new BundleError('manifest-invalid', {
      operation: 'reading the list of packages',
      subject: paths.sbom,
      expected: 'a CycloneDX document in gzip',
      found: reasonOf(error),
      hint: 'The bundle was not made by `bundle export`: get it again from its source.',
      cause: error,
    });
  }
}
