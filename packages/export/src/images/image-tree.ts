import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { compressionOf, FramePool, type ReadEntry, readTar, unzstd } from '@bundle/archive';
import { isAtOrBelow } from '@bundle/compose';
import type { ImageSource, SourceLayer } from '@bundle/engine';
import { type Digest, mediaTypes, type Platform } from '@bundle/format';
import { assembleImage } from './assemble.ts';
import type { PresentImage } from './packed-image.ts';
import type { StoredLayer } from './saved-images.ts';

/** Files and links of an image by absolute path: the SHA-256 of a file, or `-> ` and the target of a link. */
export type ImageTree = ReadonlyMap<string, string>;

/** One entry of a layer. Without content, it removes what lower layers have at its path or below it. */
interface Change {
  readonly path: string;
  readonly removes: 'path' | 'below' | undefined;
  readonly content?: string;
}

/** Reads the files of an image in some folders, layer by layer as its source sends them. Creates no container. */
export async function readImageTree(
  source: ImageSource,
  { planned, onEngine }: PresentImage,
  folders: readonly string[],
  platform: Platform | undefined,
  signal: AbortSignal,
): Promise<ImageTree> {
  const pool = new FramePool();
  const changes = new Map<Digest, readonly Change[]>();
  const layers = new Map<Digest, StoredLayer>();
  const reading = await source.openImages([planned.source], platform, signal);
  try {
    for await (const layer of reading.layers({ pool, onBytes: () => undefined })) {
      const { digest, found } = await readLayer(layer, folders, pool, signal);
      changes.set(digest, found);
      layers.set(digest, { digest, mediaType: mediaTypes.layerTar, size: layer.size });
    }
    const { blobs: documents, configs } = reading.documents();
    const saved = { layers, documents, configs };
    const image = assembleImage(saved, planned.source, onEngine.id, platform);
    return treeOf(image.layers.map(({ digest }) => changes.get(digest) ?? []));
  } finally {
    reading.close();
  }
}

/** Merges layers, bottom first (image-spec, layer.md, whiteouts). */
export function treeOf(layers: readonly (readonly Change[])[]): ImageTree {
  const tree = new Map<string, string>();
  for (const changes of layers) {
    for (const { path, removes } of changes) {
      if (removes === undefined) continue;
      for (const known of tree.keys()) {
        if (isAtOrBelow(known, path) && (removes === 'path' || known !== path)) tree.delete(known);
      }
    }
    for (const { path, content } of changes) if (content !== undefined) tree.set(path, content);
  }
  return tree;
}

async function readLayer(
  layer: SourceLayer,
  folders: readonly string[],
  pool: FramePool,
  signal: AbortSignal,
): Promise<{ digest: Digest; found: Change[] }> {
  const hash = createHash('sha256');
  async function* bytes(): AsyncGenerator<Buffer> {
    for await (const frame of layer.frames()) {
      const copy = Buffer.from(frame);
      pool.give(Buffer.from(frame.buffer));
      hash.update(copy);
      yield copy;
    }
  }
  const all = bytes();
  const found: Change[] = [];
  for await (const entry of readTar(Readable.from(plain(all)), signal, () => undefined)) {
    const change = await changeOf(entry, folders);
    if (change !== undefined) found.push(change);
  }
  // Bytes after the end of the archive belong to the layer too.
  for await (const _ of all);
  return { digest: layer.digest ?? `sha256:${hash.digest('hex')}`, found };
}

async function* plain(bytes: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const { value: first } = await bytes.next();
  if (first === undefined) return;
  async function* whole(): AsyncGenerator<Buffer> {
    yield first;
    yield* bytes;
  }
  const compression = compressionOf(first);
  if (compression === undefined) yield* whole();
  else if (compression === mediaTypes.layerZstd) yield* unzstd(whole());
  else yield* Readable.from(whole()).pipe(createGunzip());
}

/** Returns the change that an entry makes; undefined if it does not concern the folders. */
async function changeOf(entry: ReadEntry, folders: readonly string[]): Promise<Change | undefined> {
  const path = posix.join('/', entry.path).replace(/(?<=.)\/$/, '');
  const folder = posix.dirname(path);
  const name = posix.basename(path);
  const isNear = (place: string): boolean =>
    folders.some((one) => isAtOrBelow(place, one) || isAtOrBelow(one, place));
  if (!isNear(path) && !isNear(folder)) return skip(entry);
  if (name === '.wh..wh..opq') return skip(entry, { path: folder, removes: 'below' });
  if (name.startsWith('.wh.')) {
    return skip(entry, { path: posix.join(folder, name.slice(4)), removes: 'path' });
  }
  if (entry.type === 'Directory') return skip(entry);
  const removes = 'path';
  if (entry.type === 'SymbolicLink') {
    return skip(entry, { path, removes, content: `-> ${entry.linkpath ?? ''}` });
  }
  if (entry.type !== 'File' && entry.type !== 'OldFile') {
    return skip(entry, { path, removes, content: `a ${entry.type}` });
  }
  const hash = createHash('sha256');
  for await (const chunk of entry) hash.update(chunk);
  return { path, removes, content: hash.digest('hex') };
}

function skip(entry: ReadEntry, change?: Change): Change | undefined {
  entry.resume();
  return change;
}
