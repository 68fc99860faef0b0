import type { BundleFile } from './bundle-manifest.ts';
import { paths } from './paths.ts';

/**
 * Makes the text of checksums.sha256 for `sha256sum -c`: bundle.json first, then every listed file in order. It
 * follows from bundle.json, so readers compare it byte for byte.
 */
export function checksumsText(files: readonly BundleFile[], manifestSha256: string): string {
  const lines = files.map(({ path, sha256 }) => `${sha256}  ${path}\n`);
  return `${manifestSha256}  ${paths.manifest}\n${lines.join('')}`;
}
