import type { BundleWriter, HashOptions, KnownBlob } from '@bundle/store';
import type { StoredLayer } from '../stored-layer.ts';
import type { LayerCache } from './layer-cache.ts';

/**
 * Copies layers out of the cache, hashed on the way, and returns how many: those before the first one that is damaged
 * there, which is then forgotten.
 */
export async function copyCached(
  layers: readonly StoredLayer[],
  cache: LayerCache | undefined,
  writer: BundleWriter,
  options: HashOptions,
): Promise<number> {
  const blobs: KnownBlob[] = [];
  for (const layer of layers) {
    const from = await cache?.blob(layer);
    if (from === undefined) break;
    blobs.push({ digest: layer.digest, size: layer.size, from });
  }
  const copied = await writer.copyBlobs(blobs, options);
  const damaged = layers[copied];
  if (damaged !== undefined) await cache?.forgetBlob(damaged);
  return copied;
}
