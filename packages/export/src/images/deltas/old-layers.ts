import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type LayerFile, openLayerFile, plainBytes, writeHashed } from '@bundle/archive';
import type { Engine } from '@bundle/engine';
import { takeLayers } from '@bundle/engine/take-layers';
import { blobPath, type Digest, hexOf, type WorkOptions } from '@bundle/format';
import { type BundleSource, type Extent, streamExtent } from '@bundle/store';
import type { LayerCache } from '../cache/layer-cache.ts';
import type { StoredLayer } from '../saved-images.ts';

/** Where old layers may be, in the order in which they are looked for: a copy on this disk costs least. */
export interface OldLayerPlaces {
  readonly cache: LayerCache | undefined;
  /** The bundle whose layers the hosts have, if it is at hand and not its bundle.json alone. */
  readonly bundle: BundleSource | undefined;
  readonly engine: Engine;
  /** Stored form of the layers on the hosts by diff ID, as far as known. */
  readonly stored: (diffId: Digest) => StoredLayer | undefined;
}

/** Uncompressed old layers in files of a folder; each is looked for once. */
export class OldLayers {
  readonly #places: OldLayerPlaces;
  readonly #folder: string;
  readonly #options: WorkOptions;
  readonly #found = new Map<Digest, LayerFile | undefined>();

  constructor(places: OldLayerPlaces, folder: string, options: WorkOptions) {
    this.#places = places;
    this.#folder = folder;
    this.#options = options;
  }

  /** Returns the old layers whose bytes are at hand, in the given order. */
  async find(diffIds: readonly Digest[]): Promise<{ diffId: Digest; file: LayerFile }[]> {
    const missing: Digest[] = [];
    for (const diffId of diffIds) {
      if (this.#found.has(diffId)) continue;
      const file = await this.#fromDisk(diffId);
      if (file === undefined) missing.push(diffId);
      else this.#found.set(diffId, await openLayerFile(file));
    }
    if (missing.length > 0) await this.#fromEngine(missing);
    return diffIds.flatMap((diffId) => {
      const file = this.#found.get(diffId);
      return file === undefined ? [] : [{ diffId, file }];
    });
  }

  /** Keeps the bytes of a layer that are at hand anyway. */
  async keep(diffId: Digest, content: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#found.get(diffId) !== undefined) return;
    const file = join(this.#folder, hexOf(diffId));
    await writeHashed(file, content);
    this.#found.set(diffId, await openLayerFile(file));
  }

  async close(): Promise<void> {
    for (const file of this.#found.values()) await file?.close();
  }

  async #fromDisk(diffId: Digest): Promise<string | undefined> {
    const { cache, bundle, stored } = this.#places;
    const known = stored(diffId);
    const extents: Extent[] = [];
    for (const arrived of new Set([diffId, ...(known === undefined ? [] : [known.digest])])) {
      const layer = await cache?.layer(arrived);
      if (cache !== undefined && layer !== undefined) extents.push(cache.place(layer));
    }
    const packed = known && bundle?.entries.get(blobPath(known.digest));
    if (packed !== undefined) extents.push(packed);
    for (const extent of extents) {
      const file = await this.#unpacked(diffId, extent);
      if (file !== undefined) return file;
    }
    return undefined;
  }

  /** Decompresses a stored layer; undefined if its bytes are not those of the layer. */
  async #unpacked(diffId: Digest, extent: Extent): Promise<string | undefined> {
    const file = join(this.#folder, hexOf(diffId));
    try {
      const { digest } = await writeHashed(file, plainBytes(streamExtent(extent, extent.file)));
      if (digest === diffId) return file;
    } catch {
      // Damaged, or on a medium that is gone: the next place may have it.
      this.#options.signal.throwIfAborted();
    }
    await rm(file, { force: true });
    return undefined;
  }

  async #fromEngine(diffIds: readonly Digest[]): Promise<void> {
    const { engine } = this.#places;
    // What the engine cannot send once, it is not asked for again.
    for (const diffId of diffIds) this.#found.set(diffId, undefined);
    const images = await engine.listImages();
    const wanted = new Map(diffIds.map((diffId) => [diffId, undefined]));
    const files = await takeLayers(engine, images, wanted, this.#folder, this.#options);
    for (const [diffId, file] of files) this.#found.set(diffId, await openLayerFile(file));
  }
}
