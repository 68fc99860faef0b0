import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { ReadEntry } from '@bundle/archive';
import { readTar } from '@bundle/archive';
import { ioError } from '@bundle/files';
import {
  BundleError,
  digestOfLayoutPath,
  type ImageIndex,
  imageIndexSchema,
  limits,
  parseReference,
  reasonOf,
  systemErrorCode,
} from '@bundle/format';
import type { Engine, EngineImage } from '../engine.ts';
import { ownPlatform } from '../own-platform.ts';
import { find, missingImage, nameAnnotation, openFound, referenceOf, toImage } from './find.ts';
import { brokenArchive, type IncomingBlobs, LayoutFolder, MissingBlob } from './folder.ts';

/**
 * Creates the embedded engine for machines without Docker: it saves images from, and loads them into, a folder in OCI
 * image layout. It runs nothing and pulls nothing.
 */
export function createLayoutEngine(folder: string): Engine {
  const layout = new LayoutFolder(resolve(folder));
  const list = async (): Promise<EngineImage[]> => {
    const { manifests } = await layout.readIndex();
    const images = await Promise.all(
      manifests.map((top) =>
        toImage(layout, top).catch((error: unknown) => {
          // An incomplete image does not count.
          if (error instanceof MissingBlob) return undefined;
          throw error;
        }),
      ),
    );
    return images.filter((image) => image !== undefined);
  };
  return {
    async info() {
      const version = '1.0.0';
      return {
        runsContainers: false,
        description: layout.description,
        version,
        store: 'oci-layout',
        platform: ownPlatform,
        readsZstd: true,
        loadsPartially: true,
        dataFolder: layout.root,
      };
    },
    async inspectImage(reference) {
      const descriptor = await find(layout, reference);
      return descriptor === undefined ? undefined : toImage(layout, descriptor);
    },
    async listNames() {
      return (await list()).flatMap(({ id, references }) =>
        references.map((name) => ({ name, id })),
      );
    },
    listImages: list,
    async pullImage(reference) {
      throw new BundleError('image-pull-failed', {
        operation: 'pulling',
        subject: reference,
        expected: 'an engine that can pull',
        found: layout.description,
        hint: 'Copy the image into the layout first, for example with `skopeo copy`.',
      });
    },
    async openImages(references, platform) {
      return openFound(layout, references, platform);
    },

    async loadImages(archive, signal) {
      try {
        // Refuses a layout of another version before anything is read.
        await layout.readIndex();
        const added = await layout.withIncoming((incoming) => receive(archive, incoming, signal));
        await layout.changeIndex((index) => mergeIndex(index, added));
      } catch (error) {
        if (error instanceof MissingBlob) throw incomplete(error);
        throw ioError(error, 'loading images into', layout.root, 'engine-failed');
      }
    },
    async diskUsage() {
      const images = await filesBytes(layout.blobs);
      return { folder: layout.root, images, containers: 0, volumes: 0, buildCache: 0 };
    },
    async takenNames() {
      return { containers: [], networks: [], volumes: [] };
    },
    async listNotes() {
      return [];
    },
    async writeNote() {
      return undefined;
    },
    async removeNote() {
      return undefined;
    },
    async tagImage(reference, newReference) {
      const image = await find(layout, reference);
      if (image === undefined) throw missingImage(layout.description, reference);
      const { name = newReference, tag = 'latest' } = parseReference(newReference) ?? {};
      const names = {
        [nameAnnotation]: `${name}:${tag}`,
        'org.opencontainers.image.ref.name': tag,
      };
      const manifests = [{ ...image, annotations: { ...image.annotations, ...names } }];
      await layout.changeIndex((index) => mergeIndex(index, { ...index, manifests }));
    },
    async untagImage(reference) {
      const image = await find(layout, reference);
      if (image === undefined) return;
      const name = referenceOf(image.annotations);
      await layout.changeIndex((index) => ({
        ...index,
        manifests: index.manifests.filter(({ annotations }) => referenceOf(annotations) !== name),
      }));
    },
  };
}

/** Receives the blobs of an archive, and returns its index. Fails if it does not hold whole images. */
async function receive(
  archive: Readable,
  incoming: IncomingBlobs,
  signal: AbortSignal,
): Promise<ImageIndex> {
  let index: ImageIndex | undefined;
  for await (const entry of readTar(archive, signal, () => undefined)) {
    const digest = digestOfLayoutPath(entry.path);
    if (digest !== undefined) await incoming.writeBlob(digest, entry);
    else if (entry.path === 'index.json') index = await readIndex(entry);
    else entry.resume();
  }
  if (index === undefined) throw brokenArchive(incoming.description, 'no index.json in it');
  for (const { digest } of index.manifests) {
    const image = await incoming.imageBelow(digest, undefined);
    if (image === undefined)
      throw brokenArchive(incoming.description, `${digest}, which is not an image`);
    await incoming.checkComplete(image.manifest);
  }
  return index;
}

function incomplete({ details }: MissingBlob): BundleError {
  return new BundleError('load-mismatch', {
    ...details,
    operation: 'loading images into',
    hint: 'Load an archive that contains all of their layers.',
  });
}

/** Returns the total size of the files in a folder in bytes; 0 if the folder does not exist. */
async function filesBytes(folder: string): Promise<number> {
  try {
    const stats = await Promise.all(
      (await readdir(folder)).map((name) => stat(join(folder, name))),
    );
    return stats.reduce((sum, { size }) => sum + size, 0);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 0;
    throw ioError(error, 'reading', folder, 'input-unreadable');
  }
}

/** Merges two indexes. Later images take over the names of earlier ones, as with `docker load`. */
function mergeIndex(existing: ImageIndex, added: ImageIndex): ImageIndex {
  const names = new Set(added.manifests.map(({ annotations }) => referenceOf(annotations)));
  const kept = existing.manifests.filter(({ annotations }) => !names.has(referenceOf(annotations)));
  return { ...existing, manifests: [...kept, ...added.manifests] };
}

async function readIndex(entry: ReadEntry): Promise<ImageIndex> {
  if (entry.size > limits.maxImageJsonBytes) throw brokenArchive(entry.path, `${entry.size} bytes`);
  const chunks: Buffer[] = [];
  for await (const chunk of entry) chunks.push(chunk);
  try {
    return imageIndexSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  } catch (error) {
    throw brokenArchive(entry.path, reasonOf(error));
  }
}
