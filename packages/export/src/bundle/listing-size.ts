import { BundleError, limits } from '@bundle/format';

/** Minimum size of a file's entry in bundle.json, without its path. */
const entryBytes = JSON.stringify({ path: '', size: 0, sha256: '0'.repeat(64) }).length;

/**
 * Fails with `file-unsafe` if there are more files than a bundle can list. `listingBytes` is the size of bundle.json if
 * known, otherwise the share of the files alone.
 */
export function checkListing(
  files: readonly { readonly path: string }[],
  listingBytes = files.reduce((sum, { path }) => sum + entryBytes + Buffer.byteLength(path), 0),
): void {
  const { maxBundleFiles, maxBundleManifestBytes } = limits;
  if (files.length > maxBundleFiles)
    throw tooMany(`at most ${maxBundleFiles} files in a bundle`, `${files.length}`);
  if (listingBytes > maxBundleManifestBytes) {
    throw tooMany(
      `a bundle.json of at most ${maxBundleManifestBytes} bytes, which lists every file`,
      `${files.length} files, which take ${listingBytes} bytes there`,
    );
  }
}

function tooMany(expected: string, found: string): BundleError {
  return new BundleError('file-unsafe', {
    operation: 'packing the files of the application',
    expected,
    found,
    hint: 'Name fewer files, or put a folder of many files into one archive and name that.',
  });
}
