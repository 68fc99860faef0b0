import type { Engine, EngineInfo } from '@bundle/engine';
import { ioError } from '@bundle/files';
import {
  BundleError,
  type BundleOrder,
  type Digest,
  defined,
  foldedPath,
  formatPlatform,
  loadManifest,
  type Platform,
  paths,
} from '@bundle/format';
import {
  type BundleWriter,
  createFolderWriter,
  createTarWriter,
  type Extent,
  type HeadFile,
  removeStaleOutputs,
} from '@bundle/store';
import type { ApplicationPlan } from '../application/application.ts';
import { buildCacheFiles, checkCoverage } from '../builds/cache-files.ts';
import type { CapturedBuild } from '../builds/capture.ts';
import { portableCaches } from '../builds/portable-cache.ts';
import type { PackedSource } from '../builds/source-archive.ts';
import type { ExportOptions, ExportReport } from '../export-options.ts';
import { assembleImage } from '../images/assemble.ts';
import { withCommonTop } from '../images/common-top.ts';
import type { CarriedWhole } from '../images/deltas/delta-layers.ts';
import type { PackedReferrer } from '../images/find-referrers.ts';
import { packageTap } from '../images/layer-tap.ts';
import { planOmission } from '../images/omission.ts';
import type { PackedImage, PresentImage } from '../images/packed-image.ts';
import type { FurtherImages } from '../images/prepare-further.ts';
import { checkUnchanged } from '../images/prepare-images.ts';
import { type SaveOptions, saveImages } from '../images/save-images.ts';
import { type SavedImages, together } from '../images/saved-images.ts';
import { readmeFacts } from '../papers/facts.ts';
import { paperWriter } from '../papers/papers.ts';
import type { SecretScan } from '../secrets/scan.ts';
import { type Draft, draftManifest, omittedFields, referrerFields } from './draft-manifest.ts';
import { estimateHeadBytes, finishHead, type WrittenBlob } from './head.ts';
import { installScript } from './install-script.ts';
import { layoutFiles } from './layout-files.ts';
import { checkOutputs } from './output.ts';
import { listRoom, type PackagesReport, packageList } from './package-list.ts';
import { removeOldSignatures, signHead } from './sign-head.ts';
import { scriptFile, textFile } from './text-file.ts';
import { imagesInfo } from './texts.ts';
import { writeDocuments } from './write-documents.ts';

/** Contents of a bundle. */
export interface Content {
  readonly application: ApplicationPlan;
  /** The application's images, then base images that rebuilds need. */
  readonly images: readonly PresentImage[];
  /** The same images for further platforms, without those that only rebuilds need. */
  readonly further: readonly FurtherImages[];
  /** Signatures and attestations of the images. */
  readonly referrers: readonly PackedReferrer[];
  /** Builds whose cache images are packed, after all other images. */
  readonly builds: readonly CapturedBuild[];
  readonly files: readonly HeadFile[];
  readonly source: PackedSource | undefined;
  readonly platform: Platform;
  readonly engine: EngineInfo;
  /** Time given to everything in the bundle. */
  readonly created: Date;
  readonly version: string | undefined;
  /** Position among the bundles of its product. */
  readonly order: BundleOrder;
}

export type WriteOptions = Pick<
  ExportOptions,
  | 'output'
  | 'format'
  | 'partBytes'
  | 'force'
  | 'platform'
  | 'known'
  | 'deltas'
  | 'cache'
  | 'sbom'
  | 'papers'
  | 'sign'
  | 'onProgress'
  | 'signal'
>;

export type Written = Pick<
  ExportReport,
  'manifest' | 'digest' | 'savedBytes' | 'whole' | 'reused' | 'unsigned' | 'packages'
> & {
  /** Limitations of rebuilds. */
  readonly warnings: readonly string[];
};

/** Writes images in one stream from the engine and everything else around them; removes what it wrote if it fails. */
export async function writeBundle(
  engine: Engine,
  content: Content,
  secrets: SecretScan,
  options: WriteOptions,
): Promise<Written> {
  const { output, signal } = options;
  const writer = await createWriter(content, options);
  try {
    const { saved, whole, places } = await writeImages(engine, content, writer, options);
    const { draft, others, blobs, warnings } = await describe(
      content,
      saved,
      writer,
      secrets,
      options,
    );
    let listed: PackagesReport | undefined;
    if (options.sbom !== undefined) {
      const list = await packageList(draft, saved, places, options.sbom, options);
      others.push(...list.files);
      listed = list.report;
    }
    const { manifest, head, digest } = finishHead(draft, others, blobs);
    const { unsigned, ...signed } = await signHead(head, options.sign);
    signal.throwIfAborted();
    await checkOutputs(options);
    // A slow medium may have much to write still.
    options.onProgress({ phase: 'finishing the bundle', doneBytes: 0 });
    await writer.finish(signed.head, options);
    if (options.format === 'tar') await removeOldSignatures(output);
    const savedBytes = saved.bytes;
    const report = { manifest, digest, savedBytes, whole, reused: reusedOf(saved), warnings };
    return { ...report, ...defined({ unsigned, packages: listed }) };
  } catch (error) {
    await writer.abort();
    if (signal.aborted) throw interrupted(output, error);
    throw ioError(error, 'writing the bundle to', output, 'output-unwritable');
  }
}

async function writeImages(
  engine: Engine,
  content: Content,
  writer: BundleWriter,
  { known, deltas, platform, cache, sbom, onProgress, signal }: WriteOptions,
): Promise<WrittenImages> {
  const images = allImages(content);
  const onEngine = images.map((image) => image.onEngine);
  const omission = planOmission(known?.hosts ?? [], onEngine);
  const places = new Map<Digest, Extent>();
  const listing =
    sbom === undefined
      ? {}
      : {
          tap: packageTap(
            sbom.records,
            new Set(listedImages(content).flatMap(({ onEngine }) => onEngine.diffIds)),
            (await import('@bundle/sbom')).LayerReader,
          ),
          onPlace: (digest: Digest, place: Extent) => places.set(digest, place),
        };
  const options = { platform, omission, cache, ...listing, onProgress, signal };
  const save = (making?: DeltaSource): Promise<SavedImages> =>
    saveImages(engine, images, writer, { ...options, deltas: making });
  const work = async (): Promise<{ saved: SavedImages; whole: readonly CarriedWhole[] }> => {
    if (known === undefined || deltas === undefined) return { saved: await save(), whole: [] };
    const { withDeltas } = await import('../images/deltas/with-deltas.ts');
    return withDeltas(engine, images, { ...options, known, place: deltas }, save);
  };
  const first = await work();
  await checkUnchanged(engine, images);
  const all = [first.saved];
  for (const { platform: other, source, images: own } of content.further) {
    const choice = { platform: other, omission, cache, deltas: undefined, onProgress, signal };
    all.push(await saveImages(source, own, writer, choice));
  }
  const written = { ...first, saved: together(all) };
  // What arrived compressed was not read on its way, and is in the cache by now.
  for (const layer of sbom === undefined ? [] : written.saved.layers.values()) {
    if (cache !== undefined && !places.has(layer.digest) && (await cache.has(layer))) {
      places.set(layer.digest, cache.place(layer));
    }
  }
  return { ...written, places };
}

interface WrittenImages {
  readonly saved: SavedImages;
  readonly whole: readonly CarriedWhole[];
  /** Where layers are that came from a file, by their stored digests; empty where no packages are listed. */
  readonly places: ReadonlyMap<Digest, Extent>;
}

type DeltaSource = SaveOptions['deltas'];

function allImages({ images, builds }: Content): PresentImage[] {
  return [...images, ...builds.flatMap(({ stages }) => stages.map(({ image }) => image))];
}

/** Returns the images of the application itself, whose packages are listed. */
function listedImages({ images }: Content): PresentImage[] {
  return images.filter(({ planned }) => planned.use === undefined);
}

/** Creates what is known once all layers are written: image documents, and the files that describe them. */
async function describe(
  content: Content,
  saved: SavedImages,
  writer: BundleWriter,
  secrets: SecretScan,
  { known, papers = { language: 'en' } }: WriteOptions,
): Promise<{ draft: Draft; others: HeadFile[]; blobs: WrittenBlob[]; warnings: string[] }> {
  const { files, platform, engine, source } = content;
  const assembledFor =
    (wanted: Platform) =>
    (image: PresentImage): PackedImage => {
      const { planned, onEngine } = image;
      return { ...image, assembled: assembleImage(saved, planned.source, onEngine.id, wanted) };
    };
  const assembled = assembledFor(platform);
  const builds = content.builds.map((build) =>
    portableCaches({
      ...build,
      stages: build.stages.map((stage) => ({ ...stage, image: assembled(stage.image) })),
    }),
  );
  checkCoverage(builds);
  const caches = builds.flatMap(({ stages }) => stages.map(({ image }) => image));
  const byPlatform = underCommonTops([
    [...content.images.map(assembled), ...caches],
    ...content.further.map((one) => one.images.map(assembledFor(one.platform))),
  ]);
  const [images = []] = byPlatform;
  const ofAll = byPlatform.flat();
  await secrets.images(ofAll);
  const referrers = referrersOf(ofAll, content.referrers);
  const blobs = await writeDocuments(writer, saved, ofAll, referrers);
  const further = content.further.map(({ platform }, index) => ({
    platform,
    images: byPlatform[index + 1] ?? [],
  }));
  const draft = {
    ...draftManifest(content, images, further),
    ...referrerFields(referrers),
    ...omittedFields(known, saved),
  };
  const isIncremental = saved.omitted.size > 0 || saved.deltas.size > 0;
  const write = await paperWriter(papers.language);
  const facts = readmeFacts(draft, files, papers);
  const others = [
    ...files,
    ...(builds.length === 0
      ? []
      : buildCacheFiles(builds, images, {
          release: draft,
          platform: formatPlatform(platform),
          engine,
          project: source?.project,
          write,
        })),
    textFile(
      paths.readme,
      write(({ readme }) => readme(facts)),
    ),
    textFile(paths.imagesInfo, imagesInfo(draft)),
    // The script could not tell whether the host has the omitted layers.
    ...(isIncremental
      ? []
      : [scriptFile(paths.installScript, installScript(draft, executablesOf(files)))]),
    ...layoutFiles(images, !isIncremental && !isTaken(loadManifest, files)),
  ];
  const recipes = others.find(({ path }) => path === paths.recipes)?.bytes;
  if (Buffer.isBuffer(recipes)) await secrets.recipes(recipes.toString('utf8'));
  secrets.check();
  const warnings = builds.flatMap(({ build, unread }) =>
    unread.map(
      (stage) =>
        `${build.plan.services.join(', ')}: the cache of stage ${stage} has an unknown form, so only engines like this one may find it`,
    ),
  );
  return { draft, others, blobs, warnings };
}

/** Returns what refers to documents that the bundle has: an image whose layers were compressed has others. */
function referrersOf(
  images: readonly PackedImage[],
  referrers: readonly PackedReferrer[],
): PackedReferrer[] {
  const known = new Set(
    images.flatMap(({ planned: { reference }, assembled: { topDigest, manifestDigest } }) =>
      [topDigest, manifestDigest].map((digest) => `${reference} ${digest}`),
    ),
  );
  return referrers.filter(({ reference, subject }) => known.has(`${reference} ${subject}`));
}

/** Puts one index above each image that is there for several platforms; each list has the images of one platform. */
function underCommonTops(byPlatform: readonly (readonly PackedImage[])[]): PackedImage[][] {
  const [first = [], ...others] = byPlatform;
  if (others.length === 0) return [[...first]];
  const result = byPlatform.map((images) => [...images]);
  for (const index of first.keys()) {
    const same = withCommonTop(byPlatform.flatMap((images) => images[index] ?? []));
    for (const [platform, image] of same.entries()) result[platform]?.splice(index, 1, image);
  }
  return result;
}

function reusedOf({ layers, reused }: SavedImages): ExportReport['reused'] {
  const sizes = new Map([...layers.values()].map(({ digest, size }) => [digest, size]));
  const bytes = [...reused].reduce((sum, digest) => sum + (sizes.get(digest) ?? 0), 0);
  return { layers: reused.size, bytes };
}

async function createWriter(
  content: Content,
  { output, format, known, partBytes, sbom }: WriteOptions,
): Promise<BundleWriter> {
  const { files, builds, created } = content;
  const images = [...allImages(content), ...content.further.flatMap((one) => one.images)];
  const layers = new Set(images.flatMap(({ onEngine }) => onEngine.diffIds)).size;
  const steps = builds.reduce(
    (sum, build) => sum + build.steps.length + build.build.files.length,
    0,
  );
  const listed = sbom === undefined ? [] : listedImages(content);
  const lists = listed.reduce((sum, { onEngine }) => sum + listRoom(onEngine), 0);
  const headBytes = estimateHeadBytes(files, layers, images.length) + steps * 1_500 + lists;
  // An incremental bundle is small: moving its blobs costs less than shipping unused room.
  const room = known === undefined ? headBytes : 0;
  const writerOptions = { output, headBytes: room, mtime: created, partBytes };
  try {
    await removeStaleOutputs(output);
    return await (format === 'tar'
      ? createTarWriter(writerOptions)
      : createFolderWriter(writerOptions));
  } catch (error) {
    throw ioError(error, 'writing the bundle to', output, 'output-unwritable');
  }
}

/** Tells whether a path is taken; a file system that ignores case keeps only one of two such names. */
function isTaken(wanted: string, files: readonly HeadFile[]): boolean {
  return files.some(({ path }) => `${foldedPath(path)}/`.startsWith(`${wanted}/`));
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
