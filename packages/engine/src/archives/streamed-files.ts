import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { framesOf, looksLikeJson, type ReadEntry, readTar } from '@bundle/archive';
import { limits } from '@bundle/format';
import type { ReadOptions, SourceLayer } from '../image-source.ts';
import type { LayerFile } from '../oci-layout/layer-file.ts';
import type { LayoutFiles } from '../oci-layout/layout-files.ts';
import { tooLarge } from './archive-files.ts';

/** Documents of all images of an archive together; each image has a few of some kB. */
const maxDocumentBytes = 4 * limits.maxBundleManifestBytes;

/**
 * Returns the files of a compressed archive, which can only be read from its beginning: once now, for the documents,
 * and once more for the layers. `open` streams the uncompressed archive. Fails with the errors of the tar reader.
 */
export async function streamedFiles(
  archive: string,
  open: () => AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<LayoutFiles & { has(path: string): boolean }> {
  const { sizes, documents, links } = await readOnce(archive, open, signal);
  const fileOf = (path: string): string => (sizes.has(path) ? path : (links.get(path) ?? path));
  return {
    place: (path) => `${archive}: ${path}`,
    has: (path) => sizes.has(fileOf(path)),
    read: async (path) => documents.get(fileOf(path)),
    sizeOf: async (path) => sizes.get(fileOf(path)),
    layers: (files, options) =>
      layersInStream(
        files.map(({ digest, path }) => ({ digest, path: fileOf(path) })),
        readTar(readable(open()), signal, () => undefined),
        options,
      ),
  };
}

interface Listing {
  readonly sizes: ReadonlyMap<string, number>;
  readonly documents: ReadonlyMap<string, Buffer>;
  /** Links to other entries, as the older format of docker save has them for layers that images share. */
  readonly links: ReadonlyMap<string, string>;
}

async function readOnce(
  archive: string,
  open: () => AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<Listing> {
  const sizes = new Map<string, number>();
  const documents = new Map<string, Buffer>();
  const links = new Map<string, string>();
  let documentBytes = 0;
  for await (const entry of readTar(readable(open()), signal, () => undefined)) {
    const path = pathOf(entry);
    const target = entry.linkpath ?? '';
    if (entry.type === 'SymbolicLink') links.set(path, posix.join(posix.dirname(path), target));
    if (entry.type === 'Link') links.set(path, posix.normalize(target));
    if (isFile(entry)) {
      sizes.set(path, entry.size);
      if (entry.size <= limits.maxImageJsonBytes) {
        const bytes = await documentOf(entry);
        documentBytes += bytes?.length ?? 0;
        if (documentBytes > maxDocumentBytes) throw tooLarge(archive, documentBytes);
        if (bytes !== undefined) documents.set(path, bytes);
        continue;
      }
    }
    entry.resume();
  }
  return { sizes, documents, links };
}

/** Reads a small entry; returns it if it is a JSON document. */
async function documentOf(entry: ReadEntry): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  for await (const chunk of entry) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  return looksLikeJson(bytes) ? bytes : undefined;
}

async function* layersInStream(
  files: readonly LayerFile[],
  entries: AsyncIterable<ReadEntry>,
  { pool, onBytes }: ReadOptions,
): AsyncGenerator<SourceLayer> {
  const left = new Map(files.map(({ digest, path }) => [path, digest]));
  for await (const entry of entries) {
    const path = pathOf(entry);
    const digest = left.get(path);
    if (digest === undefined || !isFile(entry)) {
      entry.resume();
      continue;
    }
    left.delete(path);
    const counted = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of entry) {
        onBytes(chunk.length);
        yield chunk;
      }
    };
    const { size } = entry;
    let isRead = false;
    yield {
      digest,
      size,
      frames() {
        isRead = true;
        return framesOf({ path, size, [Symbol.asyncIterator]: counted }, pool);
      },
    };
    if (!isRead) entry.resume();
    if (left.size === 0) return;
  }
}

function isFile({ type }: ReadEntry): boolean {
  return type === 'File' || type === 'OldFile' || type === 'ContiguousFile';
}

function pathOf({ path }: ReadEntry): string {
  return posix.normalize(path).replace(/^\//, '');
}

function readable(bytes: AsyncIterable<Buffer>): Readable {
  return Readable.from(bytes, { objectMode: false });
}
