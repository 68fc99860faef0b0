import { type BundleManifest, paths, runtimeDir } from '@bundle/format';
import { bytesText } from './words.ts';

/** What a bundle's bytes are: the programs in it may outweigh a small application. */
export function sizesText({ files, sizes }: BundleManifest): string {
  const bytesIn = (folder: string): number =>
    files.filter(({ path }) => path.startsWith(folder)).reduce((sum, { size }) => sum + size, 0);
  const unpacked = sizes.unpacked > 0 ? ` (${bytesText(sizes.unpacked)} unpacked)` : '';
  const programs = bytesIn(runtimeDir);
  return (
    `${bytesText(sizes.stored)}: images ${bytesText(bytesIn(`${paths.imagesDir}/`))}${unpacked}` +
    (programs > 0 ? `, programs ${bytesText(programs)}` : '')
  );
}
