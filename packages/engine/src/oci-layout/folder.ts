import { createHash, type Hash, randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ReadEntry } from '@bundle/archive';
import { makeFolder, partialPath, removeStalePartials, writeNew } from '@bundle/files';
import {
  BundleError,
  type Descriptor,
  type Digest,
  digestOf,
  digestOfHex,
  type ImageConfig,
  type ImageIndex,
  type ImageManifest,
  imageConfigSchema,
  imageIndexSchema,
  imageManifestSchema,
  layoutBlobPath,
  mediaTypes,
  ociLayoutSchema,
  ociLayoutText,
  type Platform,
  parseJson,
  reasonOf,
  runsOn,
} from '@bundle/format';
import { z } from 'zod';
import type { ReadOptions, SourceLayer } from '../image-source.ts';
import { ownPlatform } from '../own-platform.ts';
import { folderFiles, type LayoutFiles, withArrived } from './layout-files.ts';

/** An OCI image layout that is read (image-spec, image-layout.md). */
export class Layout {
  readonly description: string;
  readonly #files: LayoutFiles;

  constructor(description: string, files: LayoutFiles) {
    this.description = description;
    this.#files = files;
  }

  async readIndex(): Promise<ImageIndex> {
    const bytes = await this.#files.read('index.json');
    const empty: ImageIndex = { schemaVersion: 2, mediaType: mediaTypes.imageIndex, manifests: [] };
    if (bytes === undefined) return empty;
    await this.#checkVersion();
    return parseDocument(imageIndexSchema, bytes, this.#files.place('index.json'), 'image index');
  }

  /**
   * Checks the version that every layout declares (image-spec, image-layout.md#oci-layout-file); another version may
   * use other files.
   */
  async #checkVersion(): Promise<void> {
    const bytes = (await this.#files.read('oci-layout')) ?? Buffer.alloc(0);
    parseDocument(ociLayoutSchema, bytes, this.#files.place('oci-layout'), 'oci-layout file');
  }

  /** Reads a document and parses it with the schema. Fails with `engine-failed` if it is missing or of another kind. */
  async readBlob<T>(schema: z.ZodType<T>, digest: Digest, kind: string): Promise<T> {
    return parseDocument(schema, await this.#bytesOf(digest), this.#placeOf(digest), kind);
  }

  /** Returns the bytes of a document after checking them against the digest. */
  async document(digest: Digest): Promise<Buffer> {
    const bytes = await this.#bytesOf(digest);
    if (digestOf(bytes) === digest) return bytes;
    throw new BundleError('digest-mismatch', {
      operation: 'reading',
      subject: this.#placeOf(digest),
      expected: digest,
      found: digestOf(bytes),
      hint: 'The image layout is damaged: copy the image into it again.',
    });
  }

  async has(digest: Digest): Promise<boolean> {
    return (await this.#files.sizeOf(layoutBlobPath(digest))) !== undefined;
  }

  /** Reads an image manifest or image index. */
  readTop(digest: Digest): Promise<ImageManifest | ImageIndex> {
    return this.readBlob(topSchema, digest, 'image manifest or index');
  }

  /** Returns the image manifest for the platform; it may be nested in an image index. */
  async manifestBelow(digest: Digest, platform: Platform | undefined): Promise<ImageManifest> {
    const document = await this.readTop(digest);
    if (document.manifests === undefined) return document;
    const child = await this.childFor(document, platform);
    if (child === undefined) throw this.#missingBlob(digest);
    return this.manifestBelow(child.digest, platform);
  }

  /**
   * Chooses the entry of an image index for a platform among those that are present: images for other platforms may be
   * missing. Without a platform, that of this machine is preferred.
   */
  async childFor(
    { manifests }: ImageIndex,
    platform: Platform | undefined,
  ): Promise<Descriptor | undefined> {
    const present: Descriptor[] = [];
    for (const child of manifests) {
      if (child.platform?.os !== 'unknown' && (await this.has(child.digest))) present.push(child);
    }
    const suits = (wanted: Platform, { platform: own }: Descriptor): boolean => {
      const { os, architecture } = own ?? {};
      return !os || !architecture || runsOn({ os, architecture }, wanted);
    };
    const found = present.find((child) => suits(platform ?? ownPlatform, child));
    return found ?? (platform === undefined ? present[0] : undefined);
  }

  /** Yields the layers with these digests, each once. Fails if one is missing or has another size. */
  async *layers(layers: readonly Descriptor[], options: ReadOptions): AsyncGenerator<SourceLayer> {
    for (const layer of layers) await this.#checkBlob(layer);
    const files = layers.map(({ digest }) => ({ digest, path: layoutBlobPath(digest) }));
    yield* this.#files.layers(files, options);
  }

  /**
   * Returns the manifest and config of an image; undefined for anything else, such as an artifact or an unreadable
   * document.
   */
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

  /** Checks that every blob of the image is present with its size; fails otherwise. */
  async checkComplete({ config, layers }: ImageManifest): Promise<void> {
    for (const blob of [config, ...layers]) await this.#checkBlob(blob);
  }

  async #checkBlob({ digest, size }: Descriptor): Promise<void> {
    if ((await this.#files.sizeOf(layoutBlobPath(digest))) !== size)
      throw this.#missingBlob(digest);
  }

  #placeOf(digest: Digest): string {
    return this.#files.place(layoutBlobPath(digest));
  }

  async #bytesOf(digest: Digest): Promise<Buffer> {
    const bytes = await this.#files.read(layoutBlobPath(digest));
    if (bytes === undefined) throw this.#missingBlob(digest);
    return bytes;
  }

  #missingBlob(digest: Digest): BundleError {
    return new MissingBlob('engine-failed', {
      operation: 'reading',
      subject: this.description,
      expected: `the blob ${digest}`,
      found: 'no such blob, or one of another size',
      hint: 'The image layout is incomplete: copy the image into it again.',
    });
  }
}

/** A layout in a folder that images can be loaded into; the folder need not exist yet. */
export class LayoutFolder extends Layout {
  readonly root: string;
  readonly blobs: string;
  /** Loads may run concurrently, but each has to see the index that the previous one wrote. */
  #indexing: Promise<void> = Promise.resolve();

  constructor(root: string) {
    super(`OCI image layout ${root}`, folderFiles(root));
    this.root = root;
    this.blobs = join(root, 'blobs', 'sha256');
  }

  /** Replaces the index, after all pending changes. */
  changeIndex(change: (index: ImageIndex) => ImageIndex): Promise<void> {
    const write = async (): Promise<void> => {
      // Reading first refuses a layout of another version before it is overwritten.
      const index = JSON.stringify(change(await this.readIndex()));
      await writeAtomically(join(this.root, 'oci-layout'), ociLayoutText);
      await writeAtomically(join(this.root, 'index.json'), index);
    };
    const turn = this.#indexing.then(write);
    this.#indexing = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Receives blobs of images in a folder of their own. The layout gets them once `receive` has returned: a load that
   * fails leaves nothing that no image uses, and one that was killed only what the next load removes.
   */
  async withIncoming<T>(receive: (incoming: IncomingBlobs) => Promise<T>): Promise<T> {
    await makeFolder(this.root);
    await removeStalePartials(this.root, (name) => /^load-\d+$/.test(name));
    const folder = await partialPath(join(this.root, `load-${loads++}`));
    try {
      const incoming = new IncomingBlobs(this.root, folder);
      const result = await receive(incoming);
      await incoming.moveInto(this.root);
      return result;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** Number of loads of this process: several may run at once. */
let loads = 0;

/** The layout as it will be with the blobs that have arrived for it. */
export class IncomingBlobs extends Layout {
  readonly #folder: string;
  readonly #arrived = new Set<string>();

  constructor(root: string, folder: string) {
    super(`OCI image layout ${root}`, withArrived(folderFiles(root), folderFiles(folder)));
    this.#folder = folder;
  }

  /** Writes a blob and checks its digest. */
  async writeBlob(digest: Digest, entry: ReadEntry): Promise<void> {
    const path = layoutBlobPath(digest);
    const target = join(this.#folder, path);
    const unchecked = `${target}.${randomUUID()}`;
    const hash = createHash('sha256');
    await makeFolder(dirname(target));
    await writeNew(unchecked, hashed(entry, hash), 0o644);
    const found = digestOfHex(hash.digest('hex'));
    if (found !== digest) throw brokenArchive(entry.path, found);
    await rename(unchecked, target);
    this.#arrived.add(path);
  }

  async moveInto(root: string): Promise<void> {
    for (const path of this.#arrived) {
      await makeFolder(dirname(join(root, path)));
      await rename(join(this.#folder, path), join(root, path));
    }
  }
}

const topSchema = z.union([imageManifestSchema, imageIndexSchema]);

/** An incomplete image of the layout, such as one that is still being copied into it. */
export class MissingBlob extends BundleError {}

/** A file that is not the expected document. */
class NotADocument extends BundleError {}

function parseDocument<T>(schema: z.ZodType<T>, bytes: Buffer, path: string, kind: string): T {
  try {
    return schema.parse(parseJson(bytes));
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

/** Makes the error for an archive that is not a complete image layout. */
export function brokenArchive(subject: string, found: string): BundleError {
  return new BundleError('engine-failed', {
    operation: 'loading images into',
    subject,
    expected: 'a complete OCI image layout whose blobs match the digests in their names',
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

async function writeAtomically(path: string, text: string): Promise<void> {
  const next = `${path}.${randomUUID()}`;
  await writeFile(next, text, { flush: true });
  await rename(next, path);
}
