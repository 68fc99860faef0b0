import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  BundleError,
  type Digest,
  type DockerManifest,
  digestOfHex,
  dockerManifestSchema,
  isDigest,
  limits,
  mediaTypes,
  reasonOf,
} from '@bundle/format';
import {
  type BundleWriter,
  compressFrame,
  FramePool,
  frameBytes,
  type HashOptions,
  type KnownBlob,
  OrderedQueue,
  type ReadEntry,
  readTar,
  StreamHasher,
} from '@bundle/store';
import type { CacheWriter, LayerCache } from './cache/layer-cache.ts';
import type { Omission } from './omission.ts';

/** A layer as it was put into the bundle. */
export interface StoredLayer {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  /** Set when this pass compressed it. */
  readonly unpackedSize?: number | undefined;
}

/** What one archive of `docker save` held, by the digest of the bytes that arrived. */
export interface SavedArchive {
  readonly layers: ReadonlyMap<Digest, StoredLayer>;
  /** Image indexes, image manifests, configs and attestations: small, so they are kept. */
  readonly documents: ReadonlyMap<Digest, Buffer>;
  /** Stored digests of the layers that were left out of the bundle. */
  readonly omitted: ReadonlySet<Digest>;
  /** Stored digests of the layers that came from the cache. */
  readonly reused: ReadonlySet<Digest>;
  readonly dockerManifest: DockerManifest;
  readonly bytes: number;
}

/**
 * Reads an archive of `docker save` once: plain layers are hashed, compressed and written on the way,
 * compressed ones are kept as they are. The two formats of docker (before and since 25) differ in names only,
 * so content decides what an entry is.
 */
export async function readSavedArchive(
  archive: Readable,
  writer: BundleWriter,
  { omission, cache }: { readonly omission: Omission; readonly cache?: LayerCache | undefined },
  onBytes: (total: number) => void,
  signal: AbortSignal,
): Promise<SavedArchive> {
  const layers = new Map<Digest, StoredLayer>();
  const documents = new Map<Digest, Buffer>();
  const omitted = new Set<Digest>();
  const reused = new Set<Digest>();
  const pool = new FramePool();
  const hasher = new StreamHasher();
  let dockerManifest: DockerManifest | undefined;
  let bytes = 0;

  try {
    for await (const entry of readTar(archive, signal, (count) => {
      bytes += count;
      onBytes(bytes);
    })) {
      if (entry.type !== 'File' && entry.type !== 'OldFile') {
        entry.resume();
        continue;
      }
      const named = digestOfName(entry.path);
      const known = named === undefined ? undefined : omission.stored(named);
      if (named !== undefined && known !== undefined) {
        layers.set(named, known);
        omitted.add(known.digest);
        entry.resume();
        continue;
      }
      const cached = named === undefined ? undefined : await cache?.layer(named);
      if (named !== undefined && cached !== undefined && !omission.omits(named)) {
        if (
          (await copyCached([cached], cache, writer, { onBytes: () => undefined, signal })) === 1
        ) {
          layers.set(named, cached);
          reused.add(cached.digest);
          entry.resume();
          continue;
        }
      }
      const first = await firstFrame(entry, pool);
      if (entry.size <= limits.maxImageJsonBytes && looksLikeJson(first.bytes)) {
        const document = await gather(first);
        if (entry.path === 'manifest.json') dockerManifest = parseDockerManifest(document);
        else documents.set(digestOf(document), document);
        pool.give(Buffer.from(first.bytes.buffer));
        continue;
      }
      if (first.bytes.length === 0 || isIncidental(entry.path)) {
        await drain(first.rest);
        continue;
      }
      const kept = await cache?.begin();
      const { diffDigest, layer } = await storeLayer(
        entry,
        first,
        { append: (chunk) => appendToBoth(chunk, writer, kept) },
        pool,
        hasher,
      ).catch(async (error: unknown) => {
        await kept?.drop();
        throw error;
      });
      await kept?.end(diffDigest, layer);
      layers.set(diffDigest, omission.stored(diffDigest) ?? layer);
      if (omission.omits(diffDigest)) {
        omitted.add(omission.stored(diffDigest)?.digest ?? layer.digest);
        await writer.dropBlob();
      } else {
        await writer.endBlob(layer.digest, layer.size);
      }
    }
  } finally {
    await hasher.close();
  }
  if (dockerManifest === undefined) throw brokenArchive('no manifest.json in it');
  return { layers, documents, omitted, reused, dockerManifest, bytes };
}

async function appendToBoth(
  chunk: Buffer,
  writer: BundleWriter,
  kept: CacheWriter | undefined,
): Promise<void> {
  await Promise.all([writer.appendToBlob(chunk), kept?.append(chunk)]);
}

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

/** `VERSION` files and the like of the older format. */
function isIncidental(path: string): boolean {
  return path.endsWith('/VERSION') || path === 'repositories' || path === 'oci-layout';
}

/** All bytes of a small entry, out of the pool's buffers. */
async function gather({ bytes, rest }: Frames): Promise<Buffer> {
  const parts = [Buffer.from(bytes)];
  for await (const frame of rest) parts.push(Buffer.from(frame));
  return Buffer.concat(parts);
}

/** An entry has to be read to its end before the parser goes on. */
async function drain(frames: AsyncGenerator<Buffer>): Promise<void> {
  for await (const _ of frames);
}

interface Frames {
  readonly bytes: Buffer;
  readonly rest: AsyncGenerator<Buffer>;
}

async function firstFrame(entry: ReadEntry, pool: FramePool): Promise<Frames> {
  const rest = framesOf(entry, pool);
  const { value, done } = await rest.next();
  return { bytes: done === true ? Buffer.alloc(0) : value, rest };
}

/**
 * Gathers the engine's chunks of a few kB into frames: one hash update and one compression each.
 * A frame belongs to the consumer, who gives its buffer back to the pool.
 */
async function* framesOf(entry: ReadEntry, pool: FramePool): AsyncGenerator<Buffer> {
  let left = entry.size;
  let frame = pool.take();
  let filled = 0;
  for await (const chunk of entry) {
    for (let start = 0; start < chunk.length; ) {
      const count = chunk.copy(frame, filled, start);
      filled += count;
      start += count;
      if (filled < frameBytes && filled < left) continue;
      yield frame.subarray(0, filled);
      left -= filled;
      frame = pool.take();
      filled = 0;
    }
  }
  pool.give(frame);
  if (left > 0) throw brokenArchive(`${entry.path} cut short`);
}

async function storeLayer(
  entry: ReadEntry,
  { bytes, rest }: Frames,
  output: { readonly append: (chunk: Buffer) => Promise<void> },
  pool: FramePool,
  hasher: StreamHasher,
): Promise<{ diffDigest: Digest; layer: StoredLayer }> {
  const arrived = hasher.stream();
  const keep = compressionOf(bytes);
  const stored = createHash('sha256');
  let size = 0;
  const emit = async (chunk: Buffer): Promise<void> => {
    if (keep === undefined) stored.update(chunk);
    size += chunk.length;
    await output.append(chunk);
  };
  // The buffer is free again when it is hashed and compressed, or copied.
  const storeFrame = async (frame: Buffer, hashed: Promise<void>): Promise<Buffer> => {
    const [bytes] = await Promise.all([
      keep === undefined ? compressFrame(frame) : Buffer.from(frame),
      hashed,
    ]);
    pool.give(Buffer.from(frame.buffer));
    return bytes;
  };
  const frames = new OrderedQueue(emit);
  const take = async (frame: Buffer): Promise<void> => {
    const hashed = arrived.update(frame);
    await frames.push(storeFrame(frame, hashed));
  };
  await take(bytes);
  for await (const frame of rest) await take(frame);
  await frames.end();

  const diffDigest: Digest = `sha256:${await arrived.digest()}`;
  const digest: Digest = keep === undefined ? `sha256:${stored.digest('hex')}` : diffDigest;
  checkName(entry.path, diffDigest);
  const mediaType = keep ?? mediaTypes.layerZstd;
  const layer = { digest, mediaType, size };
  return { diffDigest, layer: keep === undefined ? { ...layer, unpackedSize: entry.size } : layer };
}

/** Since Docker 25 an entry is named by its digest: bytes damaged on the way would show here. */
function checkName(path: string, digest: Digest): void {
  const named = digestOfName(path);
  if (named === undefined || named === digest) return;
  throw new BundleError('digest-mismatch', {
    operation: 'reading the image archive of the engine',
    subject: path,
    expected: named,
    found: digest,
    hint: 'The engine’s image store may be damaged: remove the image there, get it again, and export again.',
  });
}

function digestOfName(path: string): Digest | undefined {
  const hex = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(path)?.[1];
  return hex === undefined ? undefined : digestOfHex(hex);
}

/** By the first bytes (RFC 1952, RFC 8878): the media type of a layer that arrives compressed. */
function compressionOf(bytes: Buffer): string | undefined {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return mediaTypes.layerGzip;
  if (bytes.length >= 4 && bytes.readUInt32LE(0) === 0xfd2fb528) return mediaTypes.layerZstd;
  // A large software bill of materials: part of an attestation, and no layer.
  if (looksLikeJson(bytes)) return largeDocument;
  return undefined;
}

/** Media type of documents that are too large to be kept in memory; they are stored as they are. */
export const largeDocument = 'application/json';

function looksLikeJson(bytes: Buffer): boolean {
  // A layer may begin with a file called "[slug]": its tar header says what it is.
  if (bytes.subarray(257, 262).toString('latin1') === 'ustar') return false;
  const first = bytes.find((byte) => byte > 0x20);
  return first === 0x7b || first === 0x5b;
}

export function digestOf(bytes: Buffer): Digest {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (!isDigest(digest)) throw new Error(`not a digest: ${digest}`);
  return digest;
}

function parseDockerManifest(bytes: Buffer): DockerManifest {
  try {
    return dockerManifestSchema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw brokenArchive(`a manifest.json that cannot be read: ${reasonOf(error)}`);
  }
}

function brokenArchive(found: string): BundleError {
  return new BundleError('engine-failed', {
    operation: 'reading the image archive of the engine',
    expected: 'a complete archive as `docker save` writes it',
    found,
    hint: 'See the engine’s log, then export again.',
  });
}
