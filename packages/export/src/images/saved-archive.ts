import type { Readable } from 'node:stream';
import type { ReadEntry } from '@bundle/archive';
import {
  brokenArchive,
  drain,
  FramePool,
  type Frames,
  firstFrame,
  gather,
  isIncidental,
  looksLikeJson,
  readTar,
  StreamHasher,
} from '@bundle/archive';
import {
  type Digest,
  type DockerManifest,
  digestOf,
  digestOfLayoutPath,
  dockerManifestSchema,
  limits,
  reasonOf,
} from '@bundle/format';
import type { BundleWriter } from '@bundle/store';
import { copyCached } from './cache/copy-cached.ts';
import type { CacheWriter, LayerCache } from './cache/layer-cache.ts';
import type { Omission } from './omission.ts';
import { type StoredLayer, storeLayer } from './stored-layer.ts';

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

  /** A layer that need not be read: the hosts have it, or the cache does. */
  const isKnown = async (arrived: Digest): Promise<boolean> => {
    const onHosts = omission.stored(arrived);
    if (onHosts !== undefined) {
      layers.set(arrived, onHosts);
      omitted.add(onHosts.digest);
      return true;
    }
    const cached = omission.omits(arrived) ? undefined : await cache?.layer(arrived);
    if (cached === undefined) return false;
    const copied = await copyCached([cached], cache, writer, { onBytes: () => undefined, signal });
    if (copied === 0) return false;
    layers.set(arrived, cached);
    reused.add(cached.digest);
    return true;
  };
  const readLayer = async (entry: ReadEntry, first: Frames): Promise<void> => {
    const kept = await cache?.begin();
    const append = (chunk: Buffer): Promise<void> => appendToBoth(chunk, writer, kept);
    const { diffDigest, layer } = await storeLayer(entry, first, append, pool, hasher).catch(
      async (error: unknown) => {
        await kept?.drop();
        throw error;
      },
    );
    await kept?.end(diffDigest, layer);
    layers.set(diffDigest, omission.stored(diffDigest) ?? layer);
    if (omission.omits(diffDigest)) {
      omitted.add(omission.stored(diffDigest)?.digest ?? layer.digest);
      await writer.dropBlob();
    } else {
      await writer.endBlob(layer.digest, layer.size);
    }
  };

  try {
    for await (const entry of readTar(archive, signal, (count) => {
      bytes += count;
      onBytes(bytes);
    })) {
      const isFile = entry.type === 'File' || entry.type === 'OldFile';
      const named = digestOfLayoutPath(entry.path);
      if (!isFile || (named !== undefined && (await isKnown(named)))) {
        entry.resume();
        continue;
      }
      const first = await firstFrame(entry, pool);
      if (entry.size <= limits.maxImageJsonBytes && looksLikeJson(first.bytes)) {
        const document = await gather(first);
        if (entry.path === 'manifest.json') dockerManifest = parseDockerManifest(document);
        else documents.set(digestOf(document), document);
        pool.give(Buffer.from(first.bytes.buffer));
      } else if (first.bytes.length === 0 || isIncidental(entry.path)) {
        await drain(first.rest);
      } else {
        await readLayer(entry, first);
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

function parseDockerManifest(bytes: Buffer): DockerManifest {
  try {
    return dockerManifestSchema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw brokenArchive(`a manifest.json that cannot be read: ${reasonOf(error)}`);
  }
}
