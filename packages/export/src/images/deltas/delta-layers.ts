import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { frameLayer, largeDocument, plainBytes, writeHashed } from '@bundle/archive';
import { makeDelta } from '@bundle/delta';
import { writeAll } from '@bundle/files';
import {
  type BundleDelta,
  byteCounter,
  type Digest,
  hexOf,
  mediaTypes,
  type OnProgress,
  reasonOf,
} from '@bundle/format';
import { type Extent, streamVerified } from '@bundle/store';
import type { ComingLayer, KnownLayer, LayerDelta, LayerSource } from '../layer-source.ts';
import type { Omission } from '../omission.ts';
import type { StoredLayer } from '../saved-images.ts';
import type { AncestorsOf } from './ancestors.ts';
import type { OldLayers } from './old-layers.ts';

/** A layer with an ancestor on the hosts that is carried whole anyway. */
export interface CarriedWhole {
  readonly digest: Digest;
  /** Stored size in bytes. */
  readonly size: number;
  readonly why: 'old bytes missing' | 'not smaller' | 'failed';
  /** What failed. */
  readonly reason?: string;
}

export interface DeltaRules {
  readonly ancestorsOf: AncestorsOf;
  readonly omission: Omission;
  readonly olds: OldLayers;
  /** Folder for layers and deltas until they are copied into the bundle. */
  readonly folder: string;
  readonly onWhole: (layer: CarriedWhole) => void;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** Layers that take fewer stored bytes are carried whole: a host would save whole images to make them. */
const leastBytes = 1024 * 1024;

/** The deltas of a layer take less than this share of it, since a host takes time to make the layer again. */
const worthShare = 0.5;

/** Turns layers that have an ancestor on the hosts into deltas, where that is worth it. */
export function deltaLayers(source: LayerSource, rules: DeltaRules): LayerSource {
  return {
    async open(images) {
      const reading = await source.open(images);
      return {
        async *layers(onBytes) {
          for await (const layer of reading.layers(onBytes)) yield asDelta(layer, rules);
        },
        end: (stored) => reading.end(stored),
        close: () => reading.close(),
      };
    },
  };
}

async function asDelta(coming: ComingLayer, rules: DeltaRules): Promise<ComingLayer> {
  const { arrived } = coming;
  if (arrived !== undefined && rules.omission.omits(arrived)) return coming;
  if (coming.onHosts !== undefined) return coming;
  const { arrived: name, known } = coming.known === undefined ? await kept(coming, rules) : coming;
  if (known.layer.size < leastBytes || known.layer.mediaType === largeDocument)
    return { arrived: name, known };
  const there = await onDisk(known, rules);
  try {
    return await made(name, there, rules);
  } catch (error) {
    rules.signal.throwIfAborted();
    const { digest, size } = known.layer;
    rules.onWhole({ digest, size, why: 'failed', reason: reasonOf(error) });
    return { arrived: name, known: there };
  }
}

/** Stores a layer in a temporary file, from which it is copied or compared. */
async function kept(
  coming: Extract<ComingLayer, { store: unknown }>,
  { folder }: DeltaRules,
): Promise<{ arrived: Digest; known: KnownLayer }> {
  const file = join(folder, `stored-${randomUUID()}`);
  const handle = await open(file, 'wx', 0o600);
  try {
    const { arrived, layer } = await coming.store((chunk) => writeAll(handle, chunk));
    const from = { file, offset: 0, size: layer.size };
    const damaged = async (): Promise<never> => {
      throw new Error(`${file} changed while it was copied`);
    };
    return { arrived, known: { layer, from, isCached: false, isSent: true, damaged } };
  } finally {
    await handle.close();
  }
}

/** A known layer whose bytes are in a file. */
type LayerOnDisk = KnownLayer & { readonly from: Extent };

/** Puts a layer that a registry sends into a temporary file, since it is read more than once. */
async function onDisk(known: KnownLayer, { folder }: DeltaRules): Promise<LayerOnDisk> {
  const { from } = known;
  if (!('stream' in from)) return { ...known, from };
  const file = join(folder, `sent-${randomUUID()}`);
  const { size } = await writeHashed(file, from.stream());
  return { ...known, from: { file, offset: 0, size } };
}

async function made(arrived: Digest, known: LayerOnDisk, rules: DeltaRules): Promise<ComingLayer> {
  const { digest, size } = known.layer;
  const whole = (why: CarriedWhole['why']): ComingLayer => {
    rules.onWhole({ digest, size, why });
    return { arrived, known };
  };
  const { diffId, unpackedSize, layer } = await formOnHosts(arrived, known);
  const onHosts = rules.omission.omits(diffId) ? rules.omission.stored(diffId) : undefined;
  if (onHosts !== undefined) return { arrived, onHosts };
  const lists = rules.ancestorsOf(diffId, unpackedSize);
  if (lists.length === 0) return { arrived, known };
  let most = Math.floor(known.layer.size * worthShare);
  const deltas: LayerDelta[] = [];
  for (const wanted of lists) {
    if (wanted.includes(diffId)) await rules.olds.keep(diffId, plainBytes(bytesOf(known)));
    const olds = await rules.olds.find(wanted);
    // The first one is the likeliest: without it, hardly anything would be saved.
    if (olds[0]?.diffId !== wanted[0]) return whole('old bytes missing');
    // As in an image, what a later layer has at a path takes the place of what earlier ones have there.
    const delta = await writeDelta(known, unpackedSize, olds.toReversed(), most, rules);
    if (delta === undefined) return whole('not smaller');
    most -= delta.from.size;
    deltas.push(delta);
  }
  return { arrived, known: { ...known, layer }, deltas };
}

interface FormOnHosts {
  readonly diffId: Digest;
  readonly unpackedSize: number;
  readonly layer: StoredLayer;
}

/**
 * Finds out which layer this is and how hosts will store it once they have made it: as frames (docs/bundle-format.md,
 * §17.4). The bytes of a layer that was compressed elsewhere cannot be made again.
 */
async function formOnHosts(arrived: Digest, known: LayerOnDisk): Promise<FormOnHosts> {
  const { layer } = known;
  const { unpackedSize, mediaType } = layer;
  if (unpackedSize !== undefined && mediaType === mediaTypes.layerZstd)
    return { diffId: arrived, unpackedSize, layer };
  const { diffId, ...framed } = await frameLayer(plainBytes(bytesOf(known)), async () => undefined);
  return {
    diffId,
    unpackedSize: framed.unpackedSize,
    layer: { ...framed, mediaType: mediaTypes.layerZstd },
  };
}

function bytesOf({ layer, from }: LayerOnDisk): AsyncGenerator<Buffer> {
  return streamVerified(from, hexOf(layer.digest), from.file);
}

/** Writes the delta of a layer to a file; undefined if it takes more than `most` bytes. */
async function writeDelta(
  known: LayerOnDisk,
  unpackedSize: number,
  olds: Awaited<ReturnType<OldLayers['find']>>,
  most: number,
  { folder, onProgress, signal }: DeltaRules,
): Promise<LayerDelta | undefined> {
  const path = join(folder, `delta-${randomUUID()}`);
  const files = olds.map(({ file }) => file);
  const onBytes = byteCounter(onProgress, 'comparing with old layers', unpackedSize);
  const next = counted(plainBytes(bytesOf(known)), onBytes);
  const content = makeDelta(files, next, { signal });
  const { digest, size } = await writeHashed(path, upTo(content, most));
  if (size > most) {
    await rm(path, { force: true });
    return undefined;
  }
  const from: Extent = { file: path, offset: 0, size };
  const ancestors: BundleDelta['from'] = olds.map(({ diffId, file }) => ({
    diffId,
    size: file.size,
  }));
  return { blob: digest, from, ancestors };
}

async function* counted(
  content: AsyncIterable<Uint8Array>,
  onBytes: (count: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    onBytes(chunk.length);
    yield chunk;
  }
}

/** Passes on bytes, and stops once there are more than `most`. */
async function* upTo(content: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let count = 0;
  for await (const chunk of content) {
    yield chunk;
    count += chunk.length;
    if (count > most) return;
  }
}
