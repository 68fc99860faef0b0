import type { BundleDelta, Digest, OnProgress } from '@bundle/format';
import type { BundleWriter } from '@bundle/store';
import type {
  ComingLayer,
  KnownLayer,
  LayerDelta,
  LayerSource,
  WantedImage,
} from './layer-source.ts';
import { LookAhead } from './look-ahead.ts';
import type { Omission } from './omission.ts';
import { PendingCopies } from './pending-copies.ts';
import { type SavedImages, type StoredLayer, together } from './saved-images.ts';

export interface WriteLayersOptions {
  readonly omission: Omission;
  /** Estimated number of bytes that the source will send. */
  readonly expectedBytes: number;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/**
 * Writes the layers of groups of images, each layer once, in the order of the source. If a known layer turns out to be
 * damaged, everything from there on is read again from the source.
 */
export async function writeLayers(
  source: LayerSource,
  groups: readonly (readonly WantedImage[])[],
  writer: BundleWriter,
  { omission, expectedBytes, onProgress, signal }: WriteLayersOptions,
): Promise<SavedImages> {
  const readings = new LookAhead(source, groups);
  const copies = new PendingCopies(writer, onProgress, signal);
  const saved: SavedImages[] = [];
  let readBytes = 0;
  const onRead = (count: number): void => {
    readBytes += count;
    const totalBytes = Math.max(expectedBytes, readBytes);
    onProgress({ phase: 'saving images', doneBytes: readBytes, totalBytes });
  };

  /** Writes a group; returns the group to restart from if a known layer is damaged. */
  const writeGroup = async (group: number): Promise<number | undefined> => {
    const part = new GroupLayers(group, writer, copies, omission);
    const count = (bytes: number): void => {
      part.bytes += bytes;
      onRead(bytes);
    };
    const reading = await readings.take(group);
    try {
      for await (const layer of reading.layers(count)) {
        const damaged = await part.write(layer);
        if (damaged !== undefined) return damaged;
      }
      const { blobs, configs } = await reading.end(part.layers);
      const { layers, omitted, deltas, reused, bytes } = part;
      saved[group] = { layers, documents: blobs, configs, omitted, deltas, reused, bytes };
      return undefined;
    } finally {
      reading.close();
    }
  };

  onRead(0);
  try {
    for (let group = 0; group < groups.length; ) {
      group = (await writeGroup(group)) ?? group + 1;
      if (group === groups.length) group = (await copies.copy()) ?? group;
    }
    return together(saved);
  } finally {
    readings.close();
  }
}

/** Writes the layers of a group one after another. */
class GroupLayers {
  readonly layers = new Map<Digest, StoredLayer>();
  readonly omitted = new Set<Digest>();
  readonly deltas = new Map<Digest, readonly BundleDelta[]>();
  readonly reused = new Set<Digest>();
  bytes = 0;
  readonly #group: number;
  readonly #writer: BundleWriter;
  readonly #copies: PendingCopies;
  readonly #omission: Omission;

  constructor(group: number, writer: BundleWriter, copies: PendingCopies, omission: Omission) {
    this.#group = group;
    this.#writer = writer;
    this.#copies = copies;
    this.#omission = omission;
  }

  /** Writes a layer; returns the group to restart from if a layer to be copied before it is damaged. */
  async write(coming: ComingLayer): Promise<number | undefined> {
    const onHosts = coming.arrived && this.#omission.stored(coming.arrived);
    if (coming.arrived !== undefined && onHosts !== undefined) {
      this.#leaveOut(coming.arrived, onHosts);
      return undefined;
    }
    if (coming.onHosts !== undefined) {
      this.#leaveOut(coming.arrived, coming.onHosts);
      return undefined;
    }
    if (coming.known !== undefined) {
      const { layer, isCached, isSent = false } = coming.known;
      if (this.#omission.omits(coming.arrived)) {
        this.#leaveOut(coming.arrived, layer);
        return undefined;
      }
      this.layers.set(coming.arrived, layer);
      if (coming.deltas === undefined) this.#copies.add(this.#group, coming.known);
      else this.#carryDeltas(coming.known, coming.deltas);
      if (isCached) this.reused.add(layer.digest);
      else if (!isSent) this.bytes += layer.size;
      return undefined;
    }
    const damaged = await this.#copies.copy();
    if (damaged !== undefined) return damaged;
    const { arrived, layer } = await coming.store((chunk) => this.#writer.appendToBlob(chunk));
    if (this.#omission.omits(arrived)) {
      this.#leaveOut(arrived, this.#omission.stored(arrived) ?? layer);
      await this.#writer.dropBlob();
    } else {
      this.layers.set(arrived, layer);
      await this.#writer.endBlob(layer.digest, layer.size);
    }
    return undefined;
  }

  #carryDeltas(known: KnownLayer, deltas: readonly LayerDelta[]): void {
    const { digest } = known.layer;
    const listed = deltas.map(({ blob, from: { size }, ancestors }) => {
      return { digest, blob, size, from: [...ancestors] };
    });
    this.deltas.set(digest, listed);
    for (const { blob, from } of deltas) {
      const layer = { digest: blob, size: from.size, mediaType: '' };
      this.#copies.add(this.#group, { ...known, layer, from });
    }
  }

  #leaveOut(arrived: Digest, layer: StoredLayer): void {
    this.layers.set(arrived, layer);
    this.omitted.add(layer.digest);
  }
}
