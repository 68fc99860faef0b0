import { createHash, randomUUID } from 'node:crypto';
import { open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { join, resolve } from 'node:path';
import {
  BundleError,
  type Descriptor,
  type Digest,
  digestOfHex,
  familiarName,
  hexOf,
  type ImageIndex,
  type ImageManifest,
  imageConfigSchema,
  imageIndexSchema,
  imageManifestSchema,
  limits,
  mediaTypes,
  normalizeArchitecture,
  ociLayoutText,
  type Platform,
  packedReference,
  parseReference,
  runsOn,
  systemErrorCode,
} from '@bundle/format';
import {
  ioError,
  makeFolder,
  type PackEntry,
  packTar,
  type ReadEntry,
  readTar,
  streamExtent,
} from '@bundle/store';
import type { Engine, EngineImage } from './engine.ts';

const nameAnnotation = 'io.containerd.image.name';

/**
 * The embedded engine: a folder in OCI image layout (image-spec, image-layout.md) that images are saved from
 * and loaded into, for machines without Docker. It runs nothing and pulls nothing.
 */
export function createLayoutEngine(folder: string): Engine {
  const root = resolve(folder);
  const description = `OCI image layout ${root}`;
  const blobFile = (digest: Digest): string => join(root, 'blobs', 'sha256', hexOf(digest));

  const readIndex = async (): Promise<ImageIndex> => {
    const text = await readIfThere(join(root, 'index.json'));
    const empty: ImageIndex = { schemaVersion: 2, mediaType: mediaTypes.imageIndex, manifests: [] };
    return text === undefined ? empty : imageIndexSchema.parse(JSON.parse(text));
  };
  const readBlob = async (digest: Digest): Promise<unknown> => {
    const text = await readIfThere(blobFile(digest));
    if (text === undefined) throw missingBlob(description, digest);
    return JSON.parse(text);
  };
  /** The image manifest for the platform; the first one where none is asked for. */
  const manifestBelow = async (
    digest: Digest,
    platform: Platform | undefined,
  ): Promise<ImageManifest> => {
    const document = await readBlob(digest);
    const index = imageIndexSchema.safeParse(document);
    if (!index.success) return imageManifestSchema.parse(document);
    for (const child of index.data.manifests) {
      const { os, architecture } = child.platform ?? {};
      if (os === 'unknown') continue;
      if (platform && os && architecture && !runsOn({ os, architecture }, platform)) continue;
      if ((await readIfThere(blobFile(child.digest))) === undefined) continue;
      return manifestBelow(child.digest, platform);
    }
    throw missingBlob(description, digest);
  };
  const toImage = async ({ digest, annotations }: Descriptor): Promise<EngineImage> => {
    const manifest = await manifestBelow(digest, undefined);
    const config = imageConfigSchema.parse(await readBlob(manifest.config.digest));
    const reference = referenceOf(annotations);
    return {
      id: digest,
      references: reference === undefined ? [] : [reference],
      platform: {
        os: config.os,
        architecture: normalizeArchitecture(config.architecture),
        ...(config.variant ? { variant: config.variant } : {}),
      },
      created: config.created ?? '1970-01-01T00:00:00Z',
      diffIds: config.rootfs.diff_ids ?? [],
      size: manifest.layers.reduce((sum, { size }) => sum + size, 0),
    };
  };
  const find = async (reference: string): Promise<Descriptor | undefined> => {
    const parsed = parseReference(reference);
    const wanted = parsed === undefined ? reference : packedReference(parsed);
    const { manifests } = await readIndex();
    return manifests.find(
      ({ digest, annotations }) => digest === reference || referenceOf(annotations) === wanted,
    );
  };

  // Loads run side by side, but each has to see the index that the one before it wrote.
  let indexing: Promise<void> = Promise.resolve();
  const changeIndex = (change: (index: ImageIndex) => ImageIndex): Promise<void> => {
    const write = async (): Promise<void> => {
      await writeAtomically(join(root, 'oci-layout'), ociLayoutText);
      await writeAtomically(join(root, 'index.json'), JSON.stringify(change(await readIndex())));
    };
    const turn = indexing.then(write);
    indexing = turn.catch(() => undefined);
    return turn;
  };

  return {
    async info() {
      const platform = { os: 'linux', architecture: arch() === 'x64' ? 'amd64' : arch() };
      const version = '1.0.0';
      return {
        kind: 'oci-layout',
        description,
        version,
        store: 'oci-layout',
        platform,
        readsZstd: true,
        dataFolder: root,
      };
    },
    async inspectImage(reference) {
      const descriptor = await find(reference);
      return descriptor === undefined ? undefined : toImage(descriptor);
    },
    async listImages() {
      return Promise.all((await readIndex()).manifests.map(toImage));
    },
    async pullImage(reference) {
      throw new BundleError('image-pull-failed', {
        operation: 'pulling',
        subject: reference,
        expected: 'an engine that can pull',
        found: description,
        hint: 'Copy the image into the layout first, for example with `skopeo copy`.',
      });
    },
    async saveImages(references, platform) {
      const entries: PackEntry[] = [];
      const manifests: Descriptor[] = [];
      const dockerManifest: object[] = [];
      const blobs = new Map<Digest, number>();
      for (const reference of references) {
        const top = await find(reference);
        if (top === undefined) throw missingImage(description, reference);
        const manifest = await manifestBelow(top.digest, platform);
        manifests.push(top);
        dockerManifest.push({
          Config: `blobs/sha256/${hexOf(manifest.config.digest)}`,
          RepoTags: [referenceOf(top.annotations) ?? reference],
          Layers: manifest.layers.map(({ digest }) => `blobs/sha256/${hexOf(digest)}`),
        });
        for (const part of await reachable(top, readIfThere, blobFile))
          blobs.set(part.digest, part.size);
      }
      for (const [digest, size] of [...blobs].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const path = `blobs/sha256/${hexOf(digest)}`;
        const extent = { file: blobFile(digest), offset: 0, size };
        entries.push({ path, size, content: () => streamExtent(extent, extent.file) });
      }
      const index = { schemaVersion: 2, mediaType: mediaTypes.imageIndex, manifests };
      entries.push(jsonEntry('index.json', index), jsonEntry('manifest.json', dockerManifest));
      return packTar(entries, () => undefined);
    },
    async loadImages(archive, signal) {
      try {
        await makeFolder(join(root, 'blobs', 'sha256'));
        let added: ImageIndex | undefined;
        for await (const entry of readTar(archive, signal, () => undefined)) {
          const hex = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(entry.path)?.[1];
          if (hex !== undefined) await ingest(entry, digestOfHex(hex), blobFile(digestOfHex(hex)));
          else if (entry.path === 'index.json')
            added = imageIndexSchema.parse(await readJson(entry));
          else entry.resume();
        }
        if (added === undefined) throw brokenArchive(description, 'no index.json in it');
        for (const top of added.manifests) {
          await checkComplete(await manifestBelow(top.digest, undefined), blobFile, description);
        }
        const whole = added;
        await changeIndex((index) => mergeIndex(index, whole));
      } catch (error) {
        throw ioError(error, 'loading images into', root, 'engine-failed');
      }
    },
    async diskUsage() {
      const images = await filesBytes(join(root, 'blobs', 'sha256'));
      return { folder: root, images, containers: 0, volumes: 0, buildCache: 0 };
    },
    async inventory() {
      return { containers: [], networks: [], volumes: [] };
    },
    async tagImage(reference, newReference) {
      const image = await find(reference);
      if (image === undefined) throw missingImage(description, reference);
      const { name = newReference, tag = 'latest' } = parseReference(newReference) ?? {};
      const names = {
        [nameAnnotation]: `${name}:${tag}`,
        'org.opencontainers.image.ref.name': tag,
      };
      const manifests = [{ ...image, annotations: { ...image.annotations, ...names } }];
      await changeIndex((index) => mergeIndex(index, { ...index, manifests }));
    },
    async untagImage(reference) {
      const image = await find(reference);
      if (image === undefined) return;
      const name = referenceOf(image.annotations);
      await changeIndex((index) => ({
        ...index,
        manifests: index.manifests.filter(({ annotations }) => referenceOf(annotations) !== name),
      }));
    },
  };
}

/** Bytes of the files in a folder; 0 where it is not there. */
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

/** Later images take over the names of earlier ones, as `docker load` does. */
export function mergeIndex(existing: ImageIndex, added: ImageIndex): ImageIndex {
  const names = new Set(added.manifests.map(({ annotations }) => referenceOf(annotations)));
  const kept = existing.manifests.filter(({ annotations }) => !names.has(referenceOf(annotations)));
  return { ...existing, manifests: [...kept, ...added.manifests] };
}

function referenceOf(annotations: Record<string, string> | undefined): string | undefined {
  const name = annotations?.[nameAnnotation] ?? annotations?.['org.opencontainers.image.ref.name'];
  const parsed = name === undefined ? undefined : parseReference(name);
  return parsed?.tag === undefined ? undefined : `${familiarName(parsed.name)}:${parsed.tag}`;
}

/** Every blob of an image that is there; images of other platforms may be absent. */
async function reachable(
  top: Descriptor,
  read: (path: string) => Promise<string | undefined>,
  blobFile: (digest: Digest) => string,
): Promise<Descriptor[]> {
  const text = await read(blobFile(top.digest));
  if (text === undefined) return [];
  const document: unknown = JSON.parse(text);
  const manifest = imageManifestSchema.safeParse(document);
  if (manifest.success) return [top, manifest.data.config, ...manifest.data.layers];
  const { manifests } = imageIndexSchema.parse(document);
  const below = await Promise.all(manifests.map((child) => reachable(child, read, blobFile)));
  return [top, ...below.flat()];
}

async function ingest(entry: ReadEntry, digest: Digest, target: string): Promise<void> {
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

async function checkComplete(
  { config, layers }: ImageManifest,
  blobFile: (digest: Digest) => string,
  description: string,
): Promise<void> {
  for (const { digest, size } of [config, ...layers]) {
    const handle = await open(blobFile(digest)).catch((error: unknown) => {
      if (systemErrorCode(error) === 'ENOENT') throw missingBlob(description, digest);
      throw error;
    });
    const { size: found } = await handle.stat();
    await handle.close();
    if (found !== size) throw missingBlob(description, digest);
  }
}

async function readJson(entry: ReadEntry): Promise<unknown> {
  if (entry.size > limits.maxImageJsonBytes) throw brokenArchive(entry.path, `${entry.size} bytes`);
  const chunks: Buffer[] = [];
  for await (const chunk of entry) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
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

function jsonEntry(path: string, document: unknown): PackEntry {
  const content = Buffer.from(JSON.stringify(document));
  return { path, size: content.length, content };
}

function missingBlob(subject: string, digest: Digest): BundleError {
  return new BundleError('engine-failed', {
    operation: 'reading',
    subject,
    expected: `the blob ${digest}`,
    found: 'none, or one of another size',
    hint: 'The image layout is not complete: copy the image into it again.',
  });
}

function missingImage(subject: string, reference: string): BundleError {
  return new BundleError('image-not-found', {
    operation: 'saving images of',
    subject,
    expected: reference,
    found: 'no image of that name',
    hint: 'Copy the image into the layout, named by the annotation io.containerd.image.name.',
  });
}

function brokenArchive(subject: string, found: string): BundleError {
  return new BundleError('engine-failed', {
    operation: 'loading images into',
    subject,
    expected: 'a whole OCI image layout whose blobs have the digests that they are named by',
    found,
    hint: 'Make the archive again.',
  });
}
