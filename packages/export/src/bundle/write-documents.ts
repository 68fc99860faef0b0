import { largeDocument } from '@bundle/archive';
import { BundleError } from '@bundle/format';
import type { BundleWriter } from '@bundle/store';
import type { PackedReferrer } from '../images/find-referrers.ts';
import type { PackedImage } from '../images/packed-image.ts';
import type { SavedImages } from '../images/saved-images.ts';
import type { WrittenBlob } from './head.ts';

/** Writes configs and manifests after the layers; returns all blobs in archive order. */
export async function writeDocuments(
  writer: BundleWriter,
  saved: SavedImages,
  images: readonly PackedImage[],
  referrers: readonly PackedReferrer[],
): Promise<WrittenBlob[]> {
  const layers = images.flatMap(({ assembled }) => assembled.layers);
  const used = new Set(layers.map(({ digest }) => digest));
  const blobs = new Map<string, WrittenBlob>();
  for (const { digest, size, mediaType } of saved.layers.values()) {
    if (saved.omitted.has(digest)) continue;
    if (!used.has(digest) && mediaType !== largeDocument) throw unusedLayer(digest);
    const deltas = saved.deltas.get(digest);
    if (deltas === undefined) blobs.set(digest, { digest, size });
    else for (const { blob, size } of deltas) blobs.set(blob, { digest: blob, size });
  }
  const documents = new Map(
    [...images.map(({ assembled }) => assembled), ...referrers].flatMap((one) => [
      ...one.documents,
    ]),
  );
  for (const [digest, bytes] of [...documents].sort(([a], [b]) => (a < b ? -1 : 1))) {
    await writer.appendToBlob(bytes);
    await writer.endBlob(digest, bytes.length);
    blobs.set(digest, { digest, size: bytes.length });
  }
  return [...blobs.values()];
}

function unusedLayer(digest: string): BundleError {
  return new BundleError('engine-failed', {
    operation: 'reading images of the engine',
    subject: digest,
    expected: 'only layers of the requested images',
    found: 'a layer that no image uses',
    hint: 'The engine may have the image for several platforms: choose one with --platform.',
  });
}
