import type { Readable } from 'node:stream';
import { BundleError, type BundleImage, mediaTypes, type OnProgress } from '@bundle/format';
import type { OpenedBundle } from '@bundle/verify';
import { loadArchive, readLayout } from './load-archive.ts';
import { type LoadStep, layerBytes } from './load-plan.ts';
import { omittedLayers, omittedOf } from './omitted.ts';

/**
 * `oci`: an image layout with the manifest.json of docker save beside it, its layers as the bundle stores them.
 * `docker`: as docker save wrote it before version 25, its layers uncompressed.
 */
export const imageFormats = ['oci', 'docker'] as const;
export type ImageFormat = (typeof imageFormats)[number];

export interface ImagesArchive {
  readonly images: readonly BundleImage[];
  /** The archive; it ends only if every byte in it is right. */
  readonly archive: Readable;
}

/**
 * Streams images of a bundle as one archive that engines load. `wanted`: names of images or services; all images of the
 * application if empty. Fails with `image-not-found`, and with `base-missing` if the bundle leaves out layers of them.
 */
export async function imagesArchive(
  opened: OpenedBundle,
  wanted: readonly string[],
  format: ImageFormat,
  onProgress: OnProgress,
): Promise<ImagesArchive> {
  const images = chooseImages(opened, wanted);
  checkWhole(opened, images);
  if (format === 'docker') checkUnpackable(images);
  const layers = new Set(images.flatMap((image) => image.layers.map(({ digest }) => digest)));
  const step: LoadStep = { images, layers, next: [] };
  const totalBytes = layerBytes(images, layers);
  let doneBytes = 0;
  const layout = await readLayout(opened);
  const archive = await loadArchive(layout, step, format === 'oci', (count) => {
    doneBytes += count;
    onProgress({ phase: 'writing images', doneBytes, totalBytes: Math.max(totalBytes, doneBytes) });
  });
  return { images, archive };
}

function chooseImages({ manifest }: OpenedBundle, wanted: readonly string[]): BundleImage[] {
  // Images that only rebuilds need would be of no use elsewhere.
  const own = manifest.images.filter(({ use }) => use === undefined);
  if (wanted.length === 0) return own;
  const chosen = new Set<BundleImage>();
  for (const name of wanted) {
    const found = own.filter(
      ({ reference, services }) =>
        reference === name || reference === `${name}:latest` || services.includes(name),
    );
    if (found.length === 0) {
      throw new BundleError('image-not-found', {
        operation: 'looking for an image in',
        subject: `${manifest.product} ${manifest.version}`,
        expected: name,
        found: own.map(({ reference }) => reference).join(', '),
        hint: 'Name an image or a service of the bundle.',
      });
    }
    for (const image of found) chosen.add(image);
  }
  return own.filter((image) => chosen.has(image));
}

/** A tar needs the size of each file first; that of a layer which came as zstd from a registry is not known. */
function checkUnpackable(images: readonly BundleImage[]): void {
  const kept = images.find(({ layers }) =>
    layers.some(
      ({ mediaType, unpackedSize }) =>
        mediaType === mediaTypes.layerZstd && unpackedSize === undefined,
    ),
  );
  if (kept === undefined) return;
  throw new BundleError('usage', {
    operation: 'uncompressing the layers of',
    subject: kept.reference,
    expected: 'layers that `bundle export` has compressed itself',
    found: 'a layer as its registry sent it',
    hint: 'Use --format oci, or convert its archive with `skopeo copy`.',
  });
}

function checkWhole({ manifest }: OpenedBundle, images: readonly BundleImage[]): void {
  const deltas = new Set((manifest.deltas ?? []).map(({ digest }) => digest));
  const omitted = new Set([...omittedLayers(manifest), ...deltas]);
  const lacking = images.find((image) => omittedOf(image, omitted).size > 0);
  if (lacking === undefined) return;
  throw new BundleError('base-missing', {
    operation: 'writing the images of',
    subject: `${manifest.product} ${manifest.version}`,
    expected: 'a complete bundle',
    found: `an incremental one, without layers of ${lacking.reference}`,
    hint: 'Use a complete bundle, or import this one and save its images with `docker save`.',
  });
}
