import type { BundleFile } from './bundle-manifest.ts';
import { paths } from './paths.ts';

/**
 * The text of checksums.sha256: what `sha256sum -c` reads, bundle.json first, then every listed file in its order.
 * It follows from bundle.json, so a reader compares it byte for byte.
 */
export function checksumsText(files: readonly BundleFile[], manifestSha256: string): string {
  const lines = files.map(({ path, sha256 }) => `${sha256}  ${path}\n`);
  return `${manifestSha256}  ${paths.manifest}\n${lines.join('')}`;
}
