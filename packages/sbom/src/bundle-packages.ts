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
  reasonOf,
  type WorkOptions,
} from '@bundle/format';
import { type BundleSource, digestMismatch, type Extent, streamExtent } from '@bundle/store';
import { readAttestations } from './attestations.ts';
import type { DescribedImage } from './documents/source.ts';
import { imagePackages, type RecordedLayer } from './image-packages.ts';
import { LayerReader } from './layer/layer-reader.ts';
import type { LayerRecord } from './layer/record.ts';
import type { RecordCache } from './record-cache.ts';

/** Where the files of a bundle are, as far as they are at hand. */
export type LayerPlaces = Pick<BundleSource, 'entries'>;

/**
 * Reads the packages of images of a bundle from its layers. Each layer streams past once, and none that the cache knows.
 * The layers that are read are checked against their diff IDs; fails with `digest-mismatch`, and as reading a bundle does.
 */
export async function bundlePackages(
  { source, manifest }: { readonly source: LayerPlaces; readonly manifest: BundleManifest },
  images: readonly BundleImage[],
  cache: RecordCache,
  { onProgress, signal }: WorkOptions,
): Promise<DescribedImage[]> {
  const layers = new Map(images.flatMap((one) => one.layers.map((layer) => [layer.diffId, layer])));
  const records = new Map<Digest, RecordedLayer>();
  const toRead: { layer: BundleLayer; extent: Extent }[] = [];
  for (const layer of layers.values()) {
    const known = await cache.get(layer.diffId);
    const extent = source.entries.get(blobPath(layer.digest));
    if (known !== undefined) records.set(layer.diffId, known);
    else if (extent !== undefined) toRead.push({ layer, extent });
    else records.set(layer.diffId, { missing: missingText(layer, manifest) });
  }
  const total = toRead.reduce((sum, { extent }) => sum + extent.size, 0);
  const onBytes = byteCounter(onProgress, 'reading packages', total);
  for (const { layer, extent } of toRead) {
    const record = await readLayer(layer, extent, onBytes, signal);
    await cache.keep(layer.diffId, record);
    records.set(layer.diffId, record);
  }
  return Promise.all(
    images.map(async (image) => {
      const recorded = image.layers.flatMap(({ diffId }) => records.get(diffId) ?? []);
      const attestations = await readAttestations(source, image);
      return {
        ...imagePackages(image, recorded),
        ...(attestations.length === 0 ? {} : { attestations }),
      };
    }),
  );
}

async function readLayer(
  { digest, diffId }: BundleLayer,
  extent: Extent,
  onBytes: (count: number) => void,
  signal: AbortSignal,
): Promise<LayerRecord> {
  const reader = new LayerReader();
  const hash = createHash('sha256');
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
  { deltas = [], omitted = [] }: BundleManifest,
): string {
  const isOnHost =
    deltas.some((delta) => delta.digest === digest) ||
    omitted.some((layer) => layer.digest === digest);
  return isOnHost
    ? `layer ${diffId} is not whole in this incremental bundle, so its packages are not known`
    : `layer ${diffId} is not in this bundle`;
}
