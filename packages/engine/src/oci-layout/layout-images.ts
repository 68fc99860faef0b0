import { type Descriptor, type Digest, limits, type Platform } from '@bundle/format';
import type { ImageReading } from '../image-source.ts';
import type { Layout } from './folder.ts';

/** The parts of images: documents, and layers in the order in which the images list them. */
interface Parts {
  readonly blobs: Map<Digest, Buffer>;
  readonly layers: Map<Digest, Descriptor>;
}

/** Reads images of a layout in place; layers that are already compressed can be copied unchanged. */
export async function readLayoutImages(
  layout: Layout,
  tops: readonly Descriptor[],
  platform: Platform | undefined,
): Promise<ImageReading> {
  const parts: Parts = { blobs: new Map(), layers: new Map() };
  for (const { digest } of tops) await collect(layout, digest, platform, parts);
  return {
    async *layers(options) {
      for (const bytes of parts.blobs.values()) options.onBytes(bytes.length);
      yield* layout.layers([...parts.layers.values()], options);
    },
    // Here an ID is the digest of a document.
    documents: () => ({ blobs: parts.blobs, configs: new Map() }),
    close: () => undefined,
  };
}

/** Collects the documents below an image index or image manifest, only those for the platform. */
async function collect(
  layout: Layout,
  digest: Digest,
  platform: Platform | undefined,
  parts: Parts,
): Promise<void> {
  const document = await layout.readTop(digest);
  parts.blobs.set(digest, await layout.document(digest));
  if (document.manifests === undefined) {
    const { config, layers } = document;
    parts.blobs.set(config.digest, await layout.document(config.digest));
    for (const layer of layers) {
      // An attestation lists its statements as layers.
      if (layer.mediaType.endsWith('+json') && layer.size <= limits.maxImageJsonBytes) {
        parts.blobs.set(layer.digest, await layout.document(layer.digest));
      } else {
        parts.layers.set(layer.digest, layer);
      }
    }
    return;
  }
  const child = await layout.childFor(document, platform);
  if (child === undefined) return;
  await collect(layout, child.digest, platform, parts);
  for (const { digest, annotations } of document.manifests) {
    if (annotations?.['vnd.docker.reference.digest'] !== child.digest) continue;
    if (await layout.has(digest)) await collect(layout, digest, platform, parts);
  }
}
