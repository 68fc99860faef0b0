import { createHash, randomUUID } from 'node:crypto';
import {
  type FileHandle,
  open,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ImageDocuments } from '@bundle/engine';
import { makeFolder, writeAll } from '@bundle/files';
import { type Digest, digestSchema, hexOf, reasonOf, systemErrorCode } from '@bundle/format';
import type { Extent } from '@bundle/store';
import { z } from 'zod';
import type { StoredLayer } from '../saved-images.ts';
import { folders, incomingPrefix, versionFolder } from './places.ts';
import { trimCache } from './trim.ts';

/** Images as a source sent them. */
export interface ReadImages {
  readonly layers: ReadonlyMap<Digest, StoredLayer>;
  readonly documents: ImageDocuments;
}

/** A blob on its way into the cache. */
export interface CacheWriter {
  append(chunk: Buffer): Promise<void>;
  /** It is the layer that arrived as `arrived`. */
  end(arrived: Digest, layer: StoredLayer): Promise<void>;
  drop(): Promise<void>;
}

/** Told once: what the cache does not do, and why. */
export type CacheWarning = (problem: string, reason: string) => void;

/** A cache is left alone when less of its disk is free: the bundle, or somebody else, will need it. */
const leastFreeBytes = 1024 * 1024 * 1024;
const leastFreeShare = 0.1;

/**
 * Layers as they are stored in bundles, and what sources sent for groups of images, in a folder of the user. Everything
 * in it can be made again: it is hashed when it is used, and a cache that cannot be written is said once and left alone.
 * No method fails.
 */
export class LayerCache {
  readonly #folder: string;
  readonly #root: string;
  readonly #warn: CacheWarning;
  #hasWarned = false;
  #isBroken = false;
  /** Each takes away what is only begun. */
  readonly #drops = new Set<() => Promise<void>>();
  /** What this run has added. */
  readonly #added: string[] = [];

  /** `root` names the zstd that compressed: another one makes other bytes. */
  constructor(folder: string, warn: CacheWarning) {
    this.#folder = folder;
    this.#root = versionFolder(folder);
    this.#warn = warn;
  }

  /** What a source sent for these images. Its layers may be gone since. */
  async images(key: string): Promise<ReadImages | undefined> {
    const file = this.#imagesFile(key);
    const record = await readRecord(file, imagesSchema);
    if (record === undefined) return undefined;
    await touch(file);
    const blobs = record.documents.map(([digest, text]): [Digest, Buffer] => [
      digest,
      Buffer.from(text, 'base64'),
    ]);
    const documents = { blobs: new Map(blobs), configs: new Map(record.configs) };
    return { layers: new Map(record.layers), documents };
  }

  async keepImages(key: string, { layers, documents }: ReadImages): Promise<void> {
    const record: z.input<typeof imagesSchema> = {
      layers: [...layers],
      documents: [...documents.blobs].map(([digest, text]) => [digest, text.toString('base64')]),
      configs: [...documents.configs],
    };
    await this.#change(() => this.#writeRecord(this.#imagesFile(key), record));
  }

  /** How a layer is stored that a source sends under this digest, when its blob is here. */
  async layer(arrived: Digest): Promise<StoredLayer | undefined> {
    const file = this.#layerFile(arrived);
    const layer = await readRecord(file, layerSchema);
    if (layer === undefined || !(await this.has(layer))) return undefined;
    await touch(file);
    return layer;
  }

  /** Where a layer's bytes are, if they are here. */
  place({ digest, size }: StoredLayer): Extent {
    return { file: this.#blobFile(digest), offset: 0, size };
  }

  /** Whether a layer's bytes are here, by their number. They count as used now. */
  async has({ digest, size }: StoredLayer): Promise<boolean> {
    const file = this.#blobFile(digest);
    try {
      if ((await stat(file)).size !== size) return false;
    } catch {
      // Not there, or not to be read: it is made again.
      return false;
    }
    await touch(file);
    return true;
  }

  async forgetBlob({ digest }: StoredLayer): Promise<void> {
    await this.#change(() => rm(this.#blobFile(digest), { force: true }));
  }

  async begin(): Promise<CacheWriter> {
    const incoming = this.#incoming();
    let handle: FileHandle | undefined;
    const drop = async (): Promise<void> => {
      const begun = handle;
      handle = undefined;
      this.#drops.delete(drop);
      if (begun === undefined) return;
      await quietly(() => begun.close());
      await quietly(() => rm(incoming, { force: true }));
    };
    this.#drops.add(drop);
    await this.#change(async () => {
      await makeFolder(this.#root);
      handle = await open(incoming, 'wx', 0o600);
    });
    return {
      append: (chunk) =>
        this.#change(async () => {
          if (handle === undefined) return;
          await checkRoom(this.#root);
          await writeAll(handle, chunk);
        }),
      end: async (arrived, layer) => {
        await this.#change(async () => {
          if (handle === undefined) return;
          const file = this.#blobFile(layer.digest);
          await makeFolder(dirname(file));
          await rename(incoming, file);
          this.#added.push(file);
          await this.#writeRecord(this.#layerFile(arrived), layer);
        });
        await drop();
      },
      drop,
    };
  }

  /** Deletes what was not used for longest, until at most `maxBytes` are there. */
  async trim(maxBytes: number): Promise<void> {
    try {
      await trimCache(this.#folder, maxBytes);
    } catch (error) {
      this.#say('old layers are not deleted', error);
    }
  }

  /** A failure of the cache must never fail the export, nor leave behind what nobody will use. */
  async #change(work: () => Promise<void>): Promise<void> {
    if (this.#isBroken) return;
    try {
      await work();
    } catch (error) {
      await this.#giveUp(error);
    }
  }

  /** On a full disk the bundle gets the room that this run has taken here. */
  async #giveUp(error: unknown): Promise<void> {
    this.#isBroken = true;
    this.#say('no layers are kept', error);
    for (const drop of this.#drops) await drop();
    if (!['ENOSPC', 'EDQUOT'].includes(systemErrorCode(error) ?? '')) return;
    for (const file of this.#added) await quietly(() => rm(file, { force: true }));
  }

  #say(problem: string, error: unknown): void {
    if (!this.#hasWarned) this.#warn(problem, reasonOf(error));
    this.#hasWarned = true;
  }

  async #writeRecord(file: string, record: object): Promise<void> {
    const incoming = this.#incoming();
    try {
      await makeFolder(dirname(file));
      await writeFile(incoming, JSON.stringify(record), { mode: 0o600 });
      await rename(incoming, file);
      this.#added.push(file);
    } catch (error) {
      await quietly(() => rm(incoming, { force: true }));
      throw error;
    }
  }

  #incoming(): string {
    return join(this.#root, `${incomingPrefix}${randomUUID()}`);
  }
  #blobFile(digest: Digest): string {
    return join(this.#root, folders.blobs, hexOf(digest));
  }
  #layerFile(arrived: Digest): string {
    return join(this.#root, folders.layers, `${hexOf(arrived)}.json`);
  }
  #imagesFile(key: string): string {
    return join(
      this.#root,
      folders.images,
      `${createHash('sha256').update(key).digest('hex')}.json`,
    );
  }
}

const bytes = z.number().int().nonnegative();
const layerSchema = z.object({
  digest: digestSchema,
  mediaType: z.string(),
  size: bytes,
  unpackedSize: bytes.optional(),
});
const imagesSchema = z.object({
  layers: z.array(z.tuple([digestSchema, layerSchema])),
  documents: z.array(z.tuple([digestSchema, z.string()])),
  configs: z.array(z.tuple([z.string(), digestSchema])),
});

/** Undefined for what is not there or cannot be understood: then it is made again. */
async function readRecord<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** It counts as used now; where its time may not be set, as older than it is. */
async function touch(file: string): Promise<void> {
  const now = new Date();
  await quietly(() => utimes(file, now, now));
}

/** For what makes no difference to the export: it is tried. */
async function quietly(work: () => Promise<void>): Promise<void> {
  await work().catch(() => undefined);
}

async function checkRoom(folder: string): Promise<void> {
  const { bsize, blocks, bavail } = await statfs(folder);
  const least = Math.min(leastFreeBytes, blocks * bsize * leastFreeShare);
  if (bavail * bsize >= least) return;
  throw Object.assign(new Error('its disk is nearly full'), { code: 'ENOSPC' });
}
