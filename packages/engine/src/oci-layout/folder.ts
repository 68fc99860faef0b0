import { createHash, randomUUID } from 'node:crypto';
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReadEntry } from '@bundle/archive';
import { ioError } from '@bundle/files';
import {
  BundleError,
  type Descriptor,
  type Digest,
  digestOfHex,
  type ImageIndex,
  type ImageManifest,
  imageIndexSchema,
  imageManifestSchema,
  layoutBlobPath,
  mediaTypes,
  ociLayoutText,
  type Platform,
  runsOn,
  systemErrorCode,
} from '@bundle/format';

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
    return text === undefined ? empty : imageIndexSchema.parse(JSON.parse(text));
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

  /** A document: an image index, image manifest or config. */
  async readBlob(digest: Digest): Promise<unknown> {
    const text = await readIfThere(this.blobFile(digest));
    if (text === undefined) throw this.#missingBlob(digest);
    return JSON.parse(text);
  }

  /** The image manifest for the platform; the first one where none is asked for. */
  async manifestBelow(digest: Digest, platform: Platform | undefined): Promise<ImageManifest> {
    const document = await this.readBlob(digest);
    const index = imageIndexSchema.safeParse(document);
    if (!index.success) return imageManifestSchema.parse(document);
    for (const child of index.data.manifests) {
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
    const document: unknown = JSON.parse(text);
    const manifest = imageManifestSchema.safeParse(document);
    if (manifest.success) return [top, manifest.data.config, ...manifest.data.layers];
    const { manifests } = imageIndexSchema.parse(document);
    const below = await Promise.all(manifests.map((child) => this.reachable(child)));
    return [top, ...below.flat()];
  }

  /** Writes a blob that has the digest; nothing is there while it is written, or when it is another. */
  async writeBlob(digest: Digest, entry: ReadEntry): Promise<void> {
    const target = this.blobFile(digest);
    const incoming = `${target}.${randomUUID()}`;
    const hash = createHash('sha256');
    try {
      const handle = await open(incoming, 'wx', 0o644);
      try {
        for await (const chunk of entry) {
          hash.update(chunk);
          await handle.write(chunk);
        }
        await handle.sync();
      } finally {
        await handle.close();
      }
      const found = digestOfHex(hash.digest('hex'));
      if (found !== digest) throw brokenArchive(entry.path, found);
      await rename(incoming, target);
    } finally {
      await rm(incoming, { force: true });
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
    return new BundleError('engine-failed', {
      operation: 'reading',
      subject: this.description,
      expected: `the blob ${digest}`,
      found: 'none, or one of another size',
      hint: 'The image layout is not complete: copy the image into it again.',
    });
  }
}

/** What was to be loaded is no whole image layout. */
export function brokenArchive(subject: string, found: string): BundleError {
  return new BundleError('engine-failed', {
    operation: 'loading images into',
    subject,
    expected: 'a whole OCI image layout whose blobs have the digests that they are named by',
    found,
    hint: 'Make the archive again.',
  });
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
