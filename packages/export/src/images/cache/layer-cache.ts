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

/** Layers and documents of images that a source sent. */
export interface ReadImages {
  readonly layers: ReadonlyMap<Digest, StoredLayer>;
  readonly documents: ImageDocuments;
}

/** A blob on its way into the cache. */
export interface CacheWriter {
  append(chunk: Buffer): Promise<void>;
  /** Keeps the blob as the layer with the source digest `arrived`. */
  end(arrived: Digest, layer: StoredLayer): Promise<void>;
  drop(): Promise<void>;
}

/** Called at most once, with what the cache cannot do and the reason. */
export type CacheWarning = (problem: string, reason: string) => void;

/** Free space below which the cache stops writing: the bundle or other programs will need the rest of the disk. */
const leastFreeBytes = 1024 * 1024 * 1024;
const leastFreeShare = 0.1;

/**
 * Keeps layers as stored in bundles, and what sources sent for groups of images, in a folder of the user. Everything in
 * it can be made again: its content is hashed on use, and a cache that cannot be written is reported once and then not
 * written to. No method fails.
 */
export class LayerCache {
  readonly #folder: string;
  readonly #root: string;
  readonly #warn: CacheWarning;
  #hasWarned = false;
  #isBroken = false;
  /** Functions that remove unfinished blobs. */
  readonly #drops = new Set<() => Promise<void>>();
  /** Files added by this run. */
  readonly #added: string[] = [];

  /** The folder of a version also names the release of zstd, because another one produces other bytes. */
  constructor(folder: string, warn: CacheWarning) {
    this.#folder = folder;
    this.#root = versionFolder(folder);
    this.#warn = warn;
  }

  /** Returns what a source sent for these images. Its layers may have been deleted since. */
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

  /** Returns the stored form of a layer that a source sends under this digest, if its blob is in the cache. */
  async layer(arrived: Digest): Promise<StoredLayer | undefined> {
    const file = this.#layerFile(arrived);
    const layer = await readRecord(file, layerSchema);
    if (layer === undefined || !(await this.has(layer))) return undefined;
    await touch(file);
    return layer;
  }

  /** Returns the place of a layer's bytes, if the cache has them. */
  place({ digest, size }: StoredLayer): Extent {
    return { file: this.#blobFile(digest), offset: 0, size };
  }

  /** Tells whether the cache has a blob of a layer's size, and marks it as used. */
  async has({ digest, size }: StoredLayer): Promise<boolean> {
    const file = this.#blobFile(digest);
    try {
      if ((await stat(file)).size !== size) return false;
    } catch {
      // Missing or unreadable: the layer is stored again.
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

  /** Deletes the least recently used files until at most `maxBytes` are left. */
  async trim(maxBytes: number): Promise<void> {
    try {
      await trimCache(this.#folder, maxBytes);
    } catch (error) {
      this.#say('old layers are not deleted', error);
    }
  }

  /** Changes the cache. A failure must never fail the export, nor leave unused files behind. */
  async #change(work: () => Promise<void>): Promise<void> {
    if (this.#isBroken) return;
    try {
      await work();
    } catch (error) {
      await this.#giveUp(error);
    }
  }

  /** Stops using the cache. If the disk is full, frees the space taken by this run for the bundle. */
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

/** Reads a record; undefined if it is missing or invalid, so that it is made again. */
async function readRecord<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Marks a file as used now. If its time cannot be set, the file looks older than it is. */
async function touch(file: string): Promise<void> {
  const now = new Date();
  await quietly(() => utimes(file, now, now));
}

/** Runs work whose failure does not matter to the export. */
async function quietly(work: () => Promise<void>): Promise<void> {
  await work().catch(() => undefined);
}

async function checkRoom(folder: string): Promise<void> {
  const { bsize, blocks, bavail } = await statfs(folder);
  const least = Math.min(leastFreeBytes, blocks * bsize * leastFreeShare);
  if (bavail * bsize >= least) return;
  throw Object.assign(new Error('its disk is nearly full'), { code: 'ENOSPC' });
}
