import { createHash, type Hash, randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReadEntry } from '@bundle/archive';
import { ioError, writeNew } from '@bundle/files';
import {
  BundleError,
  type Descriptor,
  type Digest,
  digestOfHex,
  type ImageConfig,
  type ImageIndex,
  type ImageManifest,
  imageConfigSchema,
  imageIndexSchema,
  imageManifestSchema,
  layoutBlobPath,
  mediaTypes,
  ociLayoutText,
  type Platform,
  reasonOf,
  runsOn,
  systemErrorCode,
} from '@bundle/format';
import { z } from 'zod';

/** A folder in OCI image layout (image-spec, image-layout.md), which may not be there yet. */
export class LayoutFolder {
  readonly root: string;
  readonly blobs: string;
  readonly description: string;
  /** Loads run side by side, but each has to see the index that the one before it wrote. */
  #indexing: Promise<void> = Promise.resolve();

  constructor(root: string) {
    this.root = root;
    this.blobs = join(root, 'blobs', 'sha256');
    this.description = `OCI image layout ${root}`;
  }

  blobFile(digest: Digest): string {
    return join(this.root, layoutBlobPath(digest));
  }

  async readIndex(): Promise<ImageIndex> {
    const text = await readIfThere(join(this.root, 'index.json'));
    const empty: ImageIndex = { schemaVersion: 2, mediaType: mediaTypes.imageIndex, manifests: [] };
    if (text === undefined) return empty;
    return parseDocument(imageIndexSchema, text, join(this.root, 'index.json'), 'image index');
  }

  /** Replaces the index, after those that change it already. */
  changeIndex(change: (index: ImageIndex) => ImageIndex): Promise<void> {
    const write = async (): Promise<void> => {
      await writeAtomically(join(this.root, 'oci-layout'), ociLayoutText);
      const index = JSON.stringify(change(await this.readIndex()));
      await writeAtomically(join(this.root, 'index.json'), index);
    };
    const turn = this.#indexing.then(write);
    this.#indexing = turn.catch(() => undefined);
    return turn;
  }

  /** A document that such a schema describes. Fails with `engine-failed` where it is not there, or another thing. */
  async readBlob<T>(schema: z.ZodType<T>, digest: Digest, kind: string): Promise<T> {
    const text = await readIfThere(this.blobFile(digest));
    if (text === undefined) throw this.#missingBlob(digest);
    return parseDocument(schema, text, this.blobFile(digest), kind);
  }

  /** The image manifest for the platform; the first one where none is asked for. */
  async manifestBelow(digest: Digest, platform: Platform | undefined): Promise<ImageManifest> {
    const document = await this.readBlob(topSchema, digest, 'image manifest or index');
    if (document.manifests === undefined) return document;
    for (const child of document.manifests) {
      const { os, architecture } = child.platform ?? {};
      if (os === 'unknown') continue;
      if (platform && os && architecture && !runsOn({ os, architecture }, platform)) continue;
      if ((await readIfThere(this.blobFile(child.digest))) === undefined) continue;
      return this.manifestBelow(child.digest, platform);
    }
    throw this.#missingBlob(digest);
  }

  /** Every blob of an image that is there; images of other platforms may be absent. */
  async reachable(top: Descriptor): Promise<Descriptor[]> {
    const text = await readIfThere(this.blobFile(top.digest));
    if (text === undefined) return [];
    const path = this.blobFile(top.digest);
    const document = parseDocument(topSchema, text, path, 'image manifest or index');
    if (document.manifests === undefined) return [top, document.config, ...document.layers];
    const below = await Promise.all(document.manifests.map((child) => this.reachable(child)));
    return [top, ...below.flat()];
  }

  /** Writes a blob that has the digest; nothing is there while it is written, or when it is another. */
  async writeBlob(digest: Digest, entry: ReadEntry): Promise<void> {
    const target = this.blobFile(digest);
    const incoming = `${target}.${randomUUID()}`;
    const hash = createHash('sha256');
    try {
      await writeNew(incoming, hashed(entry, hash), 0o644);
      const found = digestOfHex(hash.digest('hex'));
      if (found !== digest) throw brokenArchive(entry.path, found);
      await rename(incoming, target);
    } finally {
      await rm(incoming, { force: true });
    }
  }

  /** Manifest and config of an image; undefined for what is not one: an artifact, or a document that cannot be read. */
  async imageBelow(
    digest: Digest,
    platform: Platform | undefined,
  ): Promise<{ readonly manifest: ImageManifest; readonly config: ImageConfig } | undefined> {
    try {
      const manifest = await this.manifestBelow(digest, platform);
      const config = await this.readBlob(imageConfigSchema, manifest.config.digest, 'image config');
      return { manifest, config };
    } catch (error) {
      if (error instanceof NotADocument) return undefined;
      throw error;
    }
  }

  /** Fails where a blob of the image is not there, or of another size. */
  async checkComplete({ config, layers }: ImageManifest): Promise<void> {
    for (const { digest, size } of [config, ...layers]) {
      const { size: found } = await stat(this.blobFile(digest)).catch((error: unknown) => {
        if (systemErrorCode(error) === 'ENOENT') throw this.#missingBlob(digest);
        throw error;
      });
      if (found !== size) throw this.#missingBlob(digest);
    }
  }

  #missingBlob(digest: Digest): BundleError {
    return new MissingBlob('engine-failed', {
      operation: 'reading',
      subject: this.description,
      expected: `the blob ${digest}`,
      found: 'none, or one of another size',
      hint: 'The image layout is not complete: copy the image into it again.',
    });
  }
}

const topSchema = z.union([imageManifestSchema, imageIndexSchema]);

/** An image of the layout that is not all there, such as one that is just being copied into it. */
export class MissingBlob extends BundleError {}

/** A file that is not the document that it should be. */
class NotADocument extends BundleError {}

function parseDocument<T>(schema: z.ZodType<T>, text: string, path: string, kind: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new NotADocument('engine-failed', {
      operation: 'reading',
      subject: path,
      expected: `an ${kind} of the OCI image-spec`,
      found: reasonOf(cause),
      hint: 'The image layout is damaged, or this is not an image: copy it into the layout again.',
      cause,
    });
  }
}

/** What was to be loaded is not a whole image layout. */
export function brokenArchive(subject: string, found: string): BundleError {
  return new BundleError('engine-failed', {
    operation: 'loading images into',
    subject,
    expected: 'a whole OCI image layout whose blobs have the digests that they are named by',
    found,
    hint: 'Make the archive again.',
  });
}

async function* hashed(chunks: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw ioError(error, 'reading', path, 'engine-failed');
  }
}

async function writeAtomically(path: string, text: string): Promise<void> {
  const next = `${path}.${randomUUID()}`;
  await writeFile(next, text, { flush: true });
  await rename(next, path);
}
