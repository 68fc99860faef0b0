import { createHash } from 'node:crypto';
import {
  type FileHandle,
  open,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageDocuments } from '@bundle/engine';
import { makeFolder } from '@bundle/files';
import { type Digest, digestSchema, hexOf, reasonOf } from '@bundle/format';
import type { Extent } from '@bundle/store';
import { z } from 'zod';
import type { StoredLayer } from '../saved-images.ts';

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

/**
 * Layers as they are stored in bundles, and what sources sent for groups of images, in a folder of the user. Everything
 * in it can be made again: it is hashed when it is used, and a cache that cannot be written is said once and left alone.
 */
export class LayerCache {
  readonly #root: string;
  readonly #warn: (reason: string) => void;
  #broken = false;

  /** `root` names the zstd that compressed: another one makes other bytes. */
  constructor(folder: string, warn: (reason: string) => void) {
    this.#root = join(folder, `v1-zstd-${process.versions['zstd'] ?? 'none'}`);
    this.#warn = warn;
  }

  /** What a source sent for these images. Its layers may be gone since. */
  async images(key: string): Promise<ReadImages | undefined> {
    const record = await readRecord(this.#imagesFile(key), imagesSchema);
    if (record === undefined) return undefined;
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
    await this.#change(() => writeRecord(this.#imagesFile(key), record));
  }

  /** How a layer is stored that a source sends under this digest, when its blob is here. */
  async layer(arrived: Digest): Promise<StoredLayer | undefined> {
    const layer = await readRecord(this.#layerFile(arrived), layerSchema);
    return layer !== undefined && (await this.has(layer)) ? layer : undefined;
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
    const now = new Date();
    await this.#change(() => utimes(file, now, now));
    return true;
  }

  async forgetBlob({ digest }: StoredLayer): Promise<void> {
    await this.#change(() => rm(this.#blobFile(digest), { force: true }));
  }

  async begin(): Promise<CacheWriter> {
    const incoming = join(this.#root, `.incoming-${process.pid}-${Math.random()}`);
    let handle: FileHandle | undefined;
    await this.#change(async () => {
      await makeFolder(this.#root);
      handle = await open(incoming, 'wx', 0o600);
    });
    const close = async (): Promise<void> => {
      await handle?.close();
      handle = undefined;
    };
    return {
      append: (chunk) =>
        this.#change(async () => {
          await handle?.writeFile(chunk);
        }),
      end: (arrived, layer) =>
        this.#change(async () => {
          if (handle === undefined) return;
          await close();
          const file = this.#blobFile(layer.digest);
          await makeFolder(join(file, '..'));
          await rename(incoming, file);
          await writeRecord(this.#layerFile(arrived), layer);
        }),
      drop: async () => {
        await close();
        await rm(incoming, { force: true });
      },
    };
  }

  /** A cache must not be what an export fails of. */
  async #change(work: () => Promise<void>): Promise<void> {
    if (this.#broken) return;
    try {
      await work();
    } catch (error) {
      this.#broken = true;
      this.#warn(reasonOf(error));
    }
  }

  #blobFile(digest: Digest): string {
    return join(this.#root, 'blobs', hexOf(digest));
  }
  #layerFile(arrived: Digest): string {
    return join(this.#root, 'layers', `${hexOf(arrived)}.json`);
  }
  #imagesFile(key: string): string {
    return join(this.#root, 'archives', `${createHash('sha256').update(key).digest('hex')}.json`);
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

async function writeRecord(file: string, record: object): Promise<void> {
  const incoming = `${file}.${process.pid}`;
  await makeFolder(join(file, '..'));
  await writeFile(incoming, JSON.stringify(record), { mode: 0o600 });
  await rename(incoming, file);
}
