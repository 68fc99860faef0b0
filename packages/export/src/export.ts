import type { BuildTool, Engine, EngineImage, EngineInfo } from '@bundle/engine';
import {
  BundleError,
  type BundleManifest,
  formatPlatform,
  type OnProgress,
  type Platform,
  type PullPolicy,
  partListSuffix,
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
import type { ApplicationPlan, PlannedImage } from './application.ts';
import { type AssembledImage, assembleImage } from './assemble.ts';
import { buildCacheFiles, checkCoverage } from './builds/cache-files.ts';
import { type CapturedBuild, captureBuild } from './builds/capture.ts';
import { portableCaches } from './builds/portable-cache.ts';
import { baseImagesOf, readBuilds } from './builds/read-all.ts';
import { type RebuildReport, rebuildReport } from './builds/report.ts';
import { type PackedSource, packSource } from './builds/source-archive.ts';
import type { LayerCache } from './cache/layer-cache.ts';
import { estimateHeadBytes, finishHead } from './head.ts';
import { installScript } from './install-script.ts';
import { layoutFiles, type NamedImage } from './layout-files.ts';
import { planOmission } from './omission.ts';
import { checkOutput } from './output.ts';
import { checkUnchanged, type PrepareOptions, prepareImages } from './prepare-images.ts';
import { readFiles, readRuntimes } from './preview.ts';
import type { KnownHosts } from './read-holdings.ts';
import { saveAll, writeDocuments } from './save-images.ts';
import type { SavedArchive } from './saved-archive.ts';
import { imagesInfo, readme } from './texts.ts';

export type BundleFormat = 'folder' | 'tar';

export interface ExportOptions {
  /** Absolute path of the bundle to write. */
  readonly output: string;
  readonly format: BundleFormat;
  /** Cut the single file into parts of so many bytes. */
  readonly partBytes?: number;
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
  /** Builds the stages whose caches are packed; absent: nothing is packed for rebuilds. */
  readonly buildTool?: BuildTool;
  /** Pack the source of what can be rebuilt, too. */
  readonly withSource?: boolean;
  /** Executables of the command to pack for a platform; absent: none. */
  readonly runtimes?: (platform: Platform) => Promise<readonly RuntimeFile[]>;
  /** What the hosts have that the bundle is for, so that it is left out; absent: a whole bundle. */
  readonly known?: KnownHosts;
  /** Known layers; absent: everything is asked of the engine and compressed. */
  readonly cache?: LayerCache;
  /** Seconds since 1970 (SOURCE_DATE_EPOCH); default: the newest image's. */
  readonly sourceDateEpoch?: number;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** An executable and its place in the bundle. */
export interface RuntimeFile {
  readonly path: string;
  readonly file: string;
  /** Packed with zstd; it is not run from where it lies. */
  readonly compressed?: true;
}

export interface ExportReport {
  readonly output: string;
  readonly manifest: BundleManifest;
  /** Digest of bundle.json: the identity of the bundle. */
  readonly digest: string;
  /** What can be rebuilt without a network; absent where no service is built. */
  readonly rebuild?: RebuildReport;
  /** Bytes that the engine sent. */
  readonly savedBytes: number;
  /** Layers that came from the cache. */
  readonly reused: { readonly layers: number; readonly bytes: number };
  readonly seconds: number;
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
  if (options.partBytes !== undefined) await checkOutput(partListOf(options.output), options.force);
  const info = await engine.info();
  const platform = options.platform ?? info.platform;
  const runtimes = (await options.runtimes?.(platform)) ?? [];
  const files = [...(await readFiles(application.files)), ...(await readRuntimes(runtimes))];
  const read = await readBuilds(application.builds, options.buildTool, info, platform);
  const planned = [...application.images, ...baseImagesOf(read.builds, application.images)];
  const prepared = await prepareImages(engine, planned, { ...options, platform: options.platform });
  const captured: CapturedBuild[] = [];
  try {
    const capturing = performance.now();
    for (const build of read.builds) {
      const { product } = application;
      const settings = { ...options, product, platform: formatPlatform(platform) };
      if (options.buildTool === undefined)
        throw new Error('a build was read with nothing to build');
      captured.push(await captureBuild(engine, options.buildTool, build, settings));
    }
    const captureSeconds = (performance.now() - capturing) / 1000;
    const caches = captured.flatMap(({ stages }) => stages.map(({ image }) => image));
    const images = [...prepared, ...(await prepareImages(engine, caches, neverPull(options)))];
    const source =
      options.withSource === true && captured.length > 0
        ? await packSource(read.builds, createdAt(images, options.sourceDateEpoch))
        : undefined;
    const content = {
      application,
      planned: [...planned, ...caches],
      images,
      files: [...files, ...(source === undefined ? [] : [source.file])],
      captured,
      source,
      platform,
      engine: info,
    };
    const written = await writeBundle(engine, content, options);
    const seconds = (performance.now() - started) / 1000;
    const report = rebuildReport(
      captured,
      read.notCaptured,
      written.manifest,
      captureSeconds,
      source,
    );
    const output = options.partBytes === undefined ? options.output : partListOf(options.output);
    return { output, ...written, seconds, ...report };
  } finally {
    // They were made for the bundle; what they are made of stays in the builder's cache.
    for (const { image } of captured.flatMap(({ stages }) => stages))
      await engine.untagImage(image.reference);
  }
}

/** What stands for a bundle in parts. */
function partListOf(output: string): string {
  return `${output}${partListSuffix}`;
}

interface Content {
  readonly application: ApplicationPlan;
  /** The application's images, then those that rebuilds need. */
  readonly planned: readonly PlannedImage[];
  /** The same images as the engine has them, in the same order. */
  readonly images: readonly EngineImage[];
  readonly files: readonly HeadFile[];
  readonly captured: readonly CapturedBuild[];
  readonly source: PackedSource | undefined;
  readonly platform: Platform;
  readonly engine: EngineInfo;
}

async function writeBundle(
  engine: Engine,
  content: Content,
  options: ExportOptions,
): Promise<Pick<ExportReport, 'manifest' | 'digest' | 'savedBytes' | 'reused'>> {
  const { planned, images, files, captured, platform } = content;
  const created = createdAt(images, options.sourceDateEpoch);
  const writer = await createWriter(content, created, options);
  try {
    const { hosts, base } = options.known ?? { hosts: [] };
    const omission = planOmission(hosts, images, base);
    const saved = await saveAll(engine, planned, images, writer, { ...options, omission });
    await checkUnchanged(engine, planned, images);
    const assembled = planned.map((image, index): NamedImage => {
      const present = images[index];
      if (present === undefined) throw new Error(`no image for ${image.reference}`);
      return {
        reference: image.reference,
        image: assembleImage(saved, image.source, present.id, platform),
      };
    });
    const { named, portable } = portableCaches(captured, assembled);
    checkCoverage(captured, named);
    const blobs = await writeDocuments(writer, saved, named);
    const carriesCommand = files.some(({ path }) => path === paths.runtime);
    const whole = draftManifest(content, named, created, options.version);
    const draft = { ...whole, ...omittedFields(options.known, saved) };
    const others = [
      ...files,
      ...(captured.length === 0
        ? []
        : buildCacheFiles(captured, named, {
            portable,
            release: draft,
            platform: formatPlatform(platform),
            engine: content.engine,
            project: content.source?.project,
          })),
      textFile(paths.readme, readme(draft, carriesCommand)),
      textFile(paths.imagesInfo, imagesInfo(draft)),
      // It could not tell whether the host has what is left out.
      ...(saved.omitted.size > 0
        ? []
        : [scriptFile(paths.installScript, installScript(draft, executablesOf(files)))]),
      ...layoutFiles(named, ({ topDigest, documents }) => documents.get(topDigest)?.length ?? 0),
    ];
    const { manifest, head, digest } = finishHead(draft, others, blobs);
    options.signal.throwIfAborted();
    await writer.finish(head);
    return { manifest, digest, savedBytes: saved.bytes, reused: reusedOf(saved) };
  } catch (error) {
    await writer.abort();
    if (options.signal.aborted) throw interrupted(options.output, error);
    throw ioError(error, 'writing the bundle to', options.output, 'output-unwritable');
  }
}

function reusedOf({ layers, reused }: SavedArchive): ExportReport['reused'] {
  const sizes = new Map([...layers.values()].map(({ digest, size }) => [digest, size]));
  const bytes = [...reused].reduce((sum, digest) => sum + (sizes.get(digest) ?? 0), 0);
  return { layers: reused.size, bytes };
}

/** What an incremental bundle says of itself. */
function omittedFields(
  known: KnownHosts | undefined,
  saved: SavedArchive,
): Pick<BundleManifest, 'base' | 'omitted'> {
  if (known === undefined) return {};
  const layers = new Map([...saved.layers.values()].map((layer) => [layer.digest, layer]));
  const omitted = [...layers.values()]
    .filter(({ digest }) => saved.omitted.has(digest))
    .map(({ digest, size }) => ({ digest, size }));
  return { ...(known.base === undefined ? {} : { base: known.base }), omitted };
}

/** For images that were made a moment ago. */
function neverPull({ onProgress, signal }: ExportOptions): PrepareOptions {
  return { pull: 'never', rebuild: false, platform: undefined, onProgress, signal };
}

async function createWriter(
  { planned, images, files, captured }: Content,
  created: Date,
  { output, format, known, partBytes }: ExportOptions,
): Promise<BundleWriter> {
  const layers = new Set(images.flatMap(({ diffIds }) => diffIds)).size;
  const steps = captured.reduce(
    (sum, build) => sum + build.steps.length + build.build.files.length,
    0,
  );
  const headBytes = estimateHeadBytes(files, layers, planned.length) + steps * 1_500;
  // An incremental bundle is small: moving its blobs up costs less than carrying room that is not needed.
  const room = known === undefined ? headBytes : 0;
  const writerOptions = { output, headBytes: room, mtime: created, partBytes };
  try {
    await removeStalePartials(output);
    return await (format === 'tar'
      ? createTarWriter(writerOptions)
      : createFolderWriter(writerOptions));
  } catch (error) {
    throw ioError(error, 'writing the bundle to', output, 'output-unwritable');
  }
}

function draftManifest(
  { application, planned, platform }: Content,
  named: readonly NamedImage[],
  created: Date,
  version: string | undefined,
): Omit<BundleManifest, 'files' | 'sizes'> {
  const iso = created.toISOString().replace('.000Z', 'Z');
  const images = planned.map(({ reference, services, use }, index) => {
    const image = named[index]?.image;
    if (image === undefined) throw new Error(`no image for ${reference}`);
    const uses = use === undefined ? {} : { use };
    return { reference, services: [...services], ...uses, ...pick(image) };
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

function scriptFile(path: string, text: string): HeadFile {
  return { ...textFile(path, text), executable: true };
}

function executablesOf(files: readonly HeadFile[]): string[] {
  return files.filter(({ executable }) => executable).map(({ path }) => path);
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
