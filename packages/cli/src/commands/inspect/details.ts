import type { BundleFile, BundleManifest } from '@bundle/format';
import { shortDigest } from '@bundle/format';
import type { InspectReport } from '@bundle/verify';
import { tableText } from '../../shared/render/table.ts';
import { bytesText, count, layerSizes } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';

/** Lists all images of a bundle, with those for rebuilds. */
export function imagesTable({ images, manifest }: InspectReport, colours: Colours): string {
  const details = new Map(manifest.images.map((image) => [image.reference, image]));
  const rows = images.map(({ reference, storedBytes, ownBytes, layers }) => {
    const image = details.get(reference);
    return [
      visible(reference),
      visible(image?.services.join(', ') || '-'),
      image === undefined ? '-' : shortDigest(image.imageId),
      String(layers.length),
      bytesText(storedBytes),
      bytesText(ownBytes),
    ];
  });
  const head = ['IMAGE', 'SERVICES', 'IMAGE ID', 'LAYERS', 'SIZE', 'NOT SHARED'];
  return tableText(head, rows, colours, [3, 4, 5]);
}

/** Lists each layer once, with the images that have it. */
export function layersTable({ images }: InspectReport, colours: Colours): string {
  const layers = new Map(images.flatMap((image) => image.layers.map((one) => [one.digest, one])));
  const users = Map.groupBy(
    images.flatMap(({ reference, layers: own }) =>
      own.map(({ digest }) => ({ digest, reference })),
    ),
    ({ digest }) => digest,
  );
  const rows = [...layers.values()].map(({ digest, size, unpackedSize }) => [
    shortDigest(digest),
    bytesText(size),
    unpackedSize === undefined ? '-' : bytesText(unpackedSize),
    visible((users.get(digest) ?? []).map(({ reference }) => reference).join(', ')),
  ]);
  return tableText(['LAYER', 'SIZE', 'UNPACKED', 'IMAGES'], rows, colours, [1, 2]);
}

/** Lists what is carried as a delta, of what, and what that saves. */
export function deltasTable(manifest: BundleManifest, colours: Colours): string {
  const sizes = layerSizes(manifest);
  const rows = (manifest.deltas ?? []).map(({ digest, size, from }) => [
    shortDigest(digest),
    bytesText(size),
    bytesText((sizes.get(digest) ?? 0) - size),
    from.map(({ diffId }) => shortDigest(diffId)).join(', '),
  ]);
  return tableText(['LAYER', 'DELTA', 'SAVES', 'MADE FROM (DIFF IDS)'], rows, colours, [1, 2]);
}

/** Counts all blobs in one row: they are the layers and a few small documents. */
export function filesTable({ files }: BundleManifest, colours: Colours): string {
  const isBlob = ({ path }: BundleFile): boolean => path.includes('/blobs/sha256/');
  const blobs = files.filter(isBlob);
  const rows = files
    .filter((file) => !isBlob(file))
    .map(({ path, size }) => [path, bytesText(size)]);
  const total = blobs.reduce((sum, { size }) => sum + size, 0);
  return tableText(
    ['FILE', 'SIZE'],
    [...rows, [count(blobs.length, 'blob'), bytesText(total)]],
    colours,
    [1],
  );
}
