import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FramePool, plainBytes, writeHashed } from '@bundle/archive';
import { type Digest, hexOf, type WorkOptions } from '@bundle/format';
import type { Engine, EngineImage } from './engine.ts';
import type { SourceLayer } from './image-source.ts';

/** Layers to take from an engine: diff IDs, each with its uncompressed size in bytes where that is known. */
export type WantedLayers = ReadonlyMap<Digest, number | undefined>;

/**
 * Chooses images that together have the wanted layers, few of them, since an engine gathers all layers of an image
 * before it sends the first. Layers that no image has are passed over.
 */
export function imagesWith(
  images: readonly Pick<EngineImage, 'id' | 'references' | 'diffIds'>[],
  wanted: ReadonlySet<Digest>,
): string[] {
  const left = new Set(wanted);
  const chosen: string[] = [];
  const worth = ({ diffIds }: { readonly diffIds: readonly Digest[] }): number =>
    new Set(diffIds.filter((diffId) => left.has(diffId))).size;
  while (left.size > 0) {
    // Of equal ones the image with the fewest other layers costs least.
    const [best] = images.toSorted(
      (a, b) => worth(b) - worth(a) || a.diffIds.length - b.diffIds.length,
    );
    if (best === undefined || worth(best) === 0) break;
    chosen.push(best.references[0] ?? best.id);
    for (const diffId of best.diffIds) left.delete(diffId);
  }
  return chosen;
}

/**
 * Writes layers of an engine, uncompressed, to files of a folder, each named by the digits of its digest. Returns the
 * files of those whose bytes have the wanted digest; the others are missing.
 */
export async function takeLayers(
  engine: Pick<Engine, 'info' | 'openImages'>,
  images: readonly Pick<EngineImage, 'id' | 'references' | 'diffIds'>[],
  wanted: WantedLayers,
  folder: string,
  { onProgress, signal }: WorkOptions,
): Promise<Map<Digest, string>> {
  const { store } = await engine.info();
  const found = new Map<Digest, string>();
  const totalBytes = [...wanted.values()].reduce<number>((sum, size = 0) => sum + size, 0);
  let doneBytes = 0;
  const pool = new FramePool();
  const onBytes = (count: number): void => {
    signal.throwIfAborted();
    doneBytes += count;
    const total = Math.max(totalBytes, doneBytes);
    onProgress({ phase: 'reading old layers', doneBytes, totalBytes: total });
  };
  const isDone = (): boolean => found.size === wanted.size;
  const take = async (layer: SourceLayer): Promise<void> => {
    const path = join(folder, `incoming-${found.size}`);
    const bytes = plainBytes(lending(layer, pool));
    const { digest, size } = await writeHashed(path, bytes, largest(wanted, found));
    const expected = wanted.get(digest);
    const isWanted = wanted.has(digest) && !found.has(digest) && (expected ?? size) === size;
    if (isWanted) found.set(digest, await named(path, digest, folder));
    else await rm(path, { force: true });
  };
  for (const name of imagesWith(images, new Set(wanted.keys()))) {
    if (isDone()) break;
    const reading = await engine.openImages([name], undefined, signal);
    try {
      for await (const layer of reading.layers({ pool, onBytes })) {
        const { digest } = layer;
        // A graph driver names a layer by its uncompressed bytes; elsewhere only these tell.
        const isOther =
          digest !== undefined &&
          store === 'graph-driver' &&
          (!wanted.has(digest) || found.has(digest));
        if (!isOther) await take(layer);
        if (isDone()) break;
      }
    } finally {
      reading.close();
    }
  }
  return found;
}

async function named(path: string, digest: Digest, folder: string): Promise<string> {
  const file = join(folder, hexOf(digest));
  await rename(path, file);
  return file;
}

/** Returns the size of the largest layer still missing: anything longer is none of them. */
function largest(wanted: WantedLayers, found: ReadonlyMap<Digest, string>): number {
  const sizes = [...wanted].flatMap(([digest, size]) => (found.has(digest) ? [] : [size]));
  return Math.max(...sizes.map((size = Number.POSITIVE_INFINITY) => size));
}

/** Yields the frames of a layer, and returns each to the pool when the next one is requested. */
async function* lending(layer: SourceLayer, pool: FramePool): AsyncGenerator<Buffer> {
  for await (const frame of layer.frames()) {
    yield frame;
    pool.give(Buffer.from(frame.buffer));
  }
}
