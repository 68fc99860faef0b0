import type { BundleManifest } from '@bundle/format';
import { bytesText, count } from './words.ts';

/** What an incremental bundle leaves out, and where that is; undefined for a whole bundle. */
export function omittedText({
  base,
  omitted,
}: Pick<BundleManifest, 'base' | 'omitted'>): string | undefined {
  if (omitted === undefined) return undefined;
  const bytes = omitted.reduce((sum, { size }) => sum + size, 0);
  const where =
    base === undefined
      ? 'the hosts have them, as their inventories say'
      : `${base.product} ${base.version} has them (${base.digest})`;
  return `Incremental: ${count(omitted.length, 'layer')} (${bytesText(bytes)}) left out; ${where}`;
}
