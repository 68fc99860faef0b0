import { type BundleManifest, formatPlatform } from '@bundle/format';

/** Generates images-info.txt: the contents of the bundle, readable without any tool. */
export function imagesInfo(manifest: Omit<BundleManifest, 'files' | 'sizes'>): string {
  const blocks = manifest.images.map((image) =>
    [
      image.reference,
      `  services:   ${image.services.join(', ') || '-'}`,
      `  image ID:   ${image.imageId}`,
      `  platform:   ${formatPlatform(image.platform)}`,
      `  layers:     ${image.layers.length}, ${image.layers.reduce((sum, { size }) => sum + size, 0)} bytes stored`,
      ...image.layers.map(({ digest, size }) => `    ${digest}  ${size}`),
    ].join('\n'),
  );
  return `${blocks.join('\n\n')}\n`;
}
