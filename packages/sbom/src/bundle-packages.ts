import { createHash } from 'node:crypto';
import { plainBytes } from '@bundle/archive';
import {
  BundleError,
  type BundleImage,
  type BundleLayer,
  type BundleManifest,
  blobPath,
  byteCounter,
  type Digest,
  limits,
  reasonOf,
  type WorkOptions,
} from '@bundle/format';
import {
  type BundleSource,
  digestMismatch,
  type Extent,
  readExtent,
  streamExtent,
} from '@bundle/store';
import { type ReadDocument, readAttestations } from './attestations.ts';
import { carriedPackages } from './carried-packages.ts';
import type { DescribedImage } from './documents/source.ts';
import { type ImagePackages, imagePackages, type RecordedLayer } from './image-packages.ts';
import { LayerReader } from './layer/layer-reader.ts';
import type { LayerRecord } from './layer/record.ts';
import type { RecordCache } from './record-cache.ts';

/** Where the files of a bundle are, as far as they are at hand. */
export type LayerPlaces = Pick<BundleSource, 'entries'>;

/**
 * Returns the packages of images of a bundle: from the list that it carries, else from its layers. Fails with
 * `digest-mismatch` if either was changed, and as reading a bundle does.
 */
export async function bundlePackages(
  { source, manifest }: { readonly source: LayerPlaces; readonly manifest: BundleManifest },
  images: readonly BundleImage[],
  cache: RecordCache,
  work: WorkOptions,
): Promise<DescribedImage[]> {
  const carried = await carriedPackages(source, manifest);
  const known = new Map(carried?.map((image) => [`${image.reference} ${image.imageId}`, image]));
  const found = images.flatMap((image) => known.get(`${image.reference} ${image.imageId}`) ?? []);
  if (found.length === images.length) return found;
  const read = await layerPackages(
    { entries: source.entries, leftOut: manifest, otherwise: 'is not in this bundle' },
    images,
    cache,
    work,
  );
  const place = (digest: Digest): Extent | undefined => source.entries.get(blobPath(digest));
  const document: ReadDocument = async (digest) => {
    const extent = place(digest);
    return extent && readExtent(extent, limits.maxImageJsonBytes, blobPath(digest));
  };
  return Promise.all(
    images.map(async (image, index): Promise<DescribedImage[]> => {
      const packages = read[index];
      if (packages === undefined) return [];
      const attestations = await readAttestations(
        image,
        document,
        (digest) => place(digest) !== undefined,
      );
      return [{ ...packages, ...(attestations.length === 0 ? {} : { attestations }) }];
    }),
  ).then((all) => all.flat());
}

/** The layers of a bundle, wherever they are, and which of them it leaves out. */
export interface LayersAtHand {
  readonly entries: ReadonlyMap<string, Extent>;
  readonly leftOut: Pick<BundleManifest, 'deltas' | 'omitted'>;
  /** Why another layer is not at hand, as the end of a sentence about it. */
  readonly otherwise: string;
}

/**
 * Reads the packages of images from their layers. Each layer streams past once, and none that the cache knows. The layers
 * that are read are checked against their diff IDs; fails with `digest-mismatch`, and as reading a file does.
 */
export async function layerPackages(
  { entries, ...absent }: LayersAtHand,
  images: readonly Pick<BundleImage, 'reference' | 'imageId' | 'layers'>[],
  cache: RecordCache,
  { onProgress, signal }: WorkOptions,
): Promise<ImagePackages[]> {
  const layers = new Map(images.flatMap((one) => one.layers.map((layer) => [layer.diffId, layer])));
  const records = new Map<Digest, RecordedLayer>();
  const toRead: { layer: BundleLayer; extent: Extent }[] = [];
  for (const layer of layers.values()) {
    const known = await cache.get(layer.diffId);
    const extent = entries.get(blobPath(layer.digest));
    if (known !== undefined) records.set(layer.diffId, known);
    else if (extent !== undefined) toRead.push({ layer, extent });
    else records.set(layer.diffId, { missing: missingText(layer, absent) });
  }
  const total = toRead.reduce((sum, { extent }) => sum + extent.size, 0);
  // No phase appears where everything is known.
  const onBytes = byteCounter(
    toRead.length === 0 ? undefined : onProgress,
    'reading packages',
    total,
  );
  for (const { layer, extent } of toRead) {
    const record = await readLayer(layer, extent, onBytes, signal);
    await cache.keep(layer.diffId, record);
    records.set(layer.diffId, record);
  }
  return images.map((image) =>
    imagePackages(
      image,
      image.layers.flatMap(({ diffId }) => records.get(diffId) ?? []),
    ),
  );
}

async function readLayer(
  { digest, diffId, unpackedSize }: BundleLayer,
  extent: Extent,
  onBytes: (count: number) => void,
  signal: AbortSignal,
): Promise<LayerRecord> {
  const reader = new LayerReader();
  const hash = createHash('sha256');
  let bytes = 0;
  const name = blobPath(digest);
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of streamExtent(extent, name)) {
      signal.throwIfAborted();
      onBytes(chunk.length);
      yield chunk;
    }
  }
  try {
    for await (const chunk of plainBytes(counted())) {
      hash.update(chunk);
      reader.push(chunk);
      bytes += chunk.length;
      // A few kB can be terabytes of zeros.
      if (bytes > (unpackedSize ?? bytes)) throw new Error(`more than ${unpackedSize} bytes`);
    }
  } catch (error) {
    if (error instanceof BundleError || signal.aborted) throw error;
    throw new BundleError('digest-mismatch', {
      operation: 'unpacking the layer',
      subject: name,
      expected: diffId,
      found: reasonOf(error),
      hint: 'The layer is damaged: run `bundle verify`, then copy the bundle again from its source.',
    });
  }
  const found = hash.digest('hex');
  if (`sha256:${found}` !== diffId)
    throw digestMismatch(name, diffId.slice('sha256:'.length), found);
  return reader.end();
}

function missingText(
  { digest, diffId }: BundleLayer,
  { leftOut: { deltas = [], omitted = [] }, otherwise }: Omit<LayersAtHand, 'entries'>,
): string {
  const isOnHost =
    deltas.some((delta) => delta.digest === digest) ||
    omitted.some((layer) => layer.digest === digest);
  return isOnHost
    ? `layer ${diffId} is not whole in this incremental bundle, so its packages are not known`
    : `layer ${diffId} ${otherwise}`;
}
