import { readFile } from 'node:fs/promises';
import type { Engine, EngineImage } from '@bundle/engine';
import {
  BundleError,
  type BundleManifest,
  type OnProgress,
  type Platform,
  type PullPolicy,
  paths,
  schemaVersion,
} from '@bundle/format';
import {
  type BundleWriter,
  createFolderWriter,
  createTarWriter,
  type HeadFile,
  ioError,
  removeStalePartials,
} from '@bundle/store';
import type { ApplicationPlan, PlannedFile, PlannedImage } from './application.ts';
import { type AssembledImage, assembleImage } from './assemble.ts';
import { estimateHeadBytes, finishHead, type WrittenBlob } from './head.ts';
import { layoutFiles, type NamedImage } from './layout-files.ts';
import { checkOutput } from './output.ts';
import {
  type ImageState,
  imageState,
  type PrepareOptions,
  prepareImages,
} from './prepare-images.ts';
import { largeDocument, readSavedArchive, type SavedArchive } from './saved-archive.ts';
import { imagesInfo, readme } from './texts.ts';

export type BundleFormat = 'folder' | 'tar';

export interface ExportOptions {
  /** Absolute path of the bundle to write. */
  readonly output: string;
  readonly format: BundleFormat;
  /** Replace the bundle at `output`, atomically. */
  readonly force: boolean;
  /** Default: derived from `created`. */
  readonly version?: string;
  /** Default: the engine's. */
  readonly platform?: Platform;
  readonly pull: PullPolicy;
  /** Build services that have an image already, too. */
  readonly rebuild: boolean;
  /** Builds services; see ComposeTool. */
  readonly build?: PrepareOptions['build'];
  /** Seconds since 1970 (SOURCE_DATE_EPOCH); default: the newest image's. */
  readonly sourceDateEpoch?: number;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** What an export would do: images with the engine's estimate of their bytes, or undefined where absent. */
export interface ExportPreview {
  readonly application: ApplicationPlan;
  readonly images: readonly {
    readonly reference: string;
    readonly services: readonly string[];
    readonly state: ImageState;
    readonly bytes?: number;
  }[];
  readonly fileBytes: number;
}

export interface ExportReport {
  readonly output: string;
  readonly manifest: BundleManifest;
  /** Digest of bundle.json: the identity of the bundle. */
  readonly digest: string;
  /** Bytes that the engine sent. */
  readonly savedBytes: number;
  readonly seconds: number;
}

/** Decides what an export would do; nothing is pulled, built or written. */
export async function previewExport(
  engine: Engine,
  application: ApplicationPlan,
  options: Pick<ExportOptions, 'pull' | 'rebuild'>,
): Promise<ExportPreview> {
  const images: ExportPreview['images'][number][] = [];
  for (const image of application.images) {
    const { reference, services } = image;
    const present = await engine.inspectImage(image.source);
    const state = imageState(image, present !== undefined, options);
    images.push({ reference, services, state, ...(present ? { bytes: present.size } : {}) });
  }
  const files = await readFiles(application.files);
  return {
    application,
    images,
    fileBytes: files.reduce((sum, { bytes }) => sum + bytes.length, 0),
  };
}

/**
 * Writes the bundle of an application: images in one stream from the engine, everything else around them.
 * Nothing is at `output` before all of it is whole; a failed or interrupted run leaves nothing behind.
 */
export async function exportBundle(
  engine: Engine,
  application: ApplicationPlan,
  options: ExportOptions,
): Promise<ExportReport> {
  const started = performance.now();
  await checkOutput(options.output, options.force);
  const { platform: enginePlatform } = await engine.info();
  const platform = options.platform ?? enginePlatform;
  const files = await readFiles(application.files);
  const images = await prepareImages(engine, application.images, {
    ...options,
    platform: options.platform,
  });
  const created = createdAt(images, options.sourceDateEpoch);
  const writer = await createWriter(application, images, files, created, options);
  try {
    const saved = await save(engine, application, images, writer, options);
    const named = application.images.map((image, index): NamedImage => {
      const present = images[index];
      if (present === undefined) throw new Error(`no image for ${image.reference}`);
      return {
        reference: image.reference,
        image: assembleImage(saved, image.source, present.id, platform),
      };
    });
    const blobs = await writeDocuments(writer, saved, named);
    const draft = draftManifest(application, named, created, platform, options.version);
    const others = [
      ...files,
      textFile(paths.readme, readme(draft)),
      textFile(paths.imagesInfo, imagesInfo(draft)),
      ...layoutFiles(named, ({ topDigest, documents }) => documents.get(topDigest)?.length ?? 0),
    ];
    const { manifest, head, digest } = finishHead(draft, others, blobs);
    options.signal.throwIfAborted();
    await writer.finish(head);
    const seconds = (performance.now() - started) / 1000;
    return { output: options.output, manifest, digest, savedBytes: saved.bytes, seconds };
  } catch (error) {
    await writer.abort();
    if (options.signal.aborted) throw interrupted(options.output, error);
    throw ioError(error, 'writing the bundle to', options.output, 'output-unwritable');
  }
}

async function readFiles(planned: readonly PlannedFile[]): Promise<HeadFile[]> {
  const files: HeadFile[] = [];
  for (const { path, content, executable } of planned) {
    try {
      const bytes = 'text' in content ? Buffer.from(content.text) : await readFile(content.file);
      files.push({ path, bytes, executable });
    } catch (error) {
      throw ioError(error, 'reading', 'file' in content ? content.file : path, 'input-unreadable');
    }
  }
  return files;
}

async function createWriter(
  application: ApplicationPlan,
  images: readonly EngineImage[],
  files: readonly HeadFile[],
  created: Date,
  { output, format }: ExportOptions,
): Promise<BundleWriter> {
  const layers = new Set(images.flatMap(({ diffIds }) => diffIds)).size;
  const headBytes = estimateHeadBytes(files, layers, application.images.length);
  const writerOptions = { output, headBytes, mtime: created };
  try {
    await removeStalePartials(output);
    return await (format === 'tar'
      ? createTarWriter(writerOptions)
      : createFolderWriter(writerOptions));
  } catch (error) {
    throw ioError(error, 'writing the bundle to', output, 'output-unwritable');
  }
}

/**
 * An engine gathers all layers of a `docker save` on one core before it sends the first byte, so images on separate
 * base images are asked for at once, and read one stream after the other.
 */
async function save(
  engine: Engine,
  application: ApplicationPlan,
  images: readonly EngineImage[],
  writer: BundleWriter,
  { platform, onProgress, signal }: ExportOptions,
): Promise<SavedArchive> {
  const expected = estimateSavedBytes(images);
  let before = 0;
  const progress = (count: number): void => {
    const doneBytes = before + count;
    onProgress({ phase: 'saving images', doneBytes, totalBytes: Math.max(expected, doneBytes) });
  };
  progress(0);
  const groups = groupByBase(application.images, images);
  const streams = groups.map((group) => engine.saveImages(group, platform, signal));
  // A stream that fails is met when its turn comes.
  for (const stream of streams) stream.catch(() => undefined);
  try {
    const archives: SavedArchive[] = [];
    for (const stream of streams) {
      archives.push(await readSavedArchive(await stream, writer, progress, signal));
      before = archives.reduce((sum, { bytes }) => sum + bytes, 0);
    }
    return mergeArchives(archives);
  } finally {
    for (const stream of streams) void stream.then((s) => s.destroy()).catch(() => undefined);
  }
}

function groupByBase(planned: readonly PlannedImage[], images: readonly EngineImage[]): string[][] {
  const groups = new Map<string, string[]>();
  planned.forEach(({ source }, index) => {
    const base = images[index]?.diffIds[0] ?? source;
    groups.set(base, [...(groups.get(base) ?? []), source]);
  });
  return [...groups.values()];
}

function mergeArchives(archives: readonly SavedArchive[]): SavedArchive {
  return {
    layers: new Map(archives.flatMap(({ layers }) => [...layers])),
    documents: new Map(archives.flatMap(({ documents }) => [...documents])),
    dockerManifest: archives.flatMap(({ dockerManifest }) => dockerManifest),
    bytes: archives.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Images that share layers are sent once; without sizes of layers, the largest of those that share counts. */
function estimateSavedBytes(images: readonly EngineImage[]): number {
  const byBase = new Map<string, number>();
  for (const { diffIds, size } of images) {
    const base = diffIds[0] ?? '';
    byBase.set(base, Math.max(byBase.get(base) ?? 0, size));
  }
  return [...byBase.values()].reduce((sum, size) => sum + size, 0);
}

/** Configs and manifests follow the layers; the result lists all blobs in archive order. */
async function writeDocuments(
  writer: BundleWriter,
  saved: SavedArchive,
  named: readonly NamedImage[],
): Promise<WrittenBlob[]> {
  const used = new Set(named.flatMap(({ image }) => image.layers.map(({ digest }) => digest)));
  const blobs = new Map<string, WrittenBlob>();
  for (const { digest, size, mediaType } of saved.layers.values()) {
    if (!used.has(digest) && mediaType !== largeDocument) throw unusedLayer(digest);
    blobs.set(digest, { digest, size });
  }
  const documents = new Map(named.flatMap(({ image }) => [...image.documents]));
  for (const [digest, bytes] of [...documents].sort(([a], [b]) => (a < b ? -1 : 1))) {
    await writer.appendToBlob(bytes);
    await writer.endBlob(digest, bytes.length);
    blobs.set(digest, { digest, size: bytes.length });
  }
  return [...blobs.values()];
}

function draftManifest(
  application: ApplicationPlan,
  named: readonly NamedImage[],
  created: Date,
  platform: Platform,
  version: string | undefined,
): Omit<BundleManifest, 'files' | 'sizes'> {
  const iso = created.toISOString().replace('.000Z', 'Z');
  const images = application.images.map(({ reference, services }, index) => {
    const image = named[index]?.image;
    if (image === undefined) throw new Error(`no image for ${reference}`);
    return { reference, services: [...services], ...pick(image) };
  });
  return {
    schemaVersion,
    product: application.product,
    version: version ?? iso.slice(0, 16).replaceAll('-', '.').replace('T', '-').replace(':', ''),
    created: iso,
    platform,
    images,
    envFiles: [...application.envFiles],
    leftOut: [...application.leftOut],
  };
}

function pick({ imageId, topDigest, manifestDigest, platform, layers }: AssembledImage) {
  return { imageId, topDigest, manifestDigest, platform, layers: [...layers] };
}

/** Whole seconds: what tar headers hold. */
function createdAt(images: readonly EngineImage[], epoch: number | undefined): Date {
  const newest = Math.max(
    0,
    ...images.map(({ created }) => Math.floor(Date.parse(created) / 1000)),
  );
  return new Date((epoch ?? newest) * 1000);
}

function textFile(path: string, text: string): HeadFile {
  return { path, bytes: Buffer.from(text), executable: false };
}

function unusedLayer(digest: string): BundleError {
  return new BundleError('engine-failed', {
    operation: 'reading the image archive of the engine',
    subject: digest,
    expected: 'only layers of the images that were asked for',
    found: 'one that no image uses',
    hint: 'The engine may hold the image for several platforms: name one with --platform.',
  });
}

function interrupted(output: string, cause: unknown): BundleError {
  return new BundleError('interrupted', {
    operation: 'writing the bundle to',
    subject: output,
    found: 'interrupted',
    hint: 'Nothing was left half-written; run the command again.',
    cause,
  });
}
