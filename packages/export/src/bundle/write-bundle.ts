import type { Engine, EngineImage, EngineInfo } from '@bundle/engine';
import { ioError } from '@bundle/files';
import { BundleError, formatPlatform, type Platform, paths } from '@bundle/format';
import {
  type BundleWriter,
  createFolderWriter,
  createTarWriter,
  type HeadFile,
  removeStaleOutputs,
} from '@bundle/store';
import type { ApplicationPlan, PlannedImage } from '../application/application.ts';
import { buildCacheFiles, checkCoverage } from '../builds/cache-files.ts';
import type { CapturedBuild } from '../builds/capture.ts';
import { portableCaches } from '../builds/portable-cache.ts';
import type { PackedSource } from '../builds/source-archive.ts';
import type { ExportOptions, ExportReport } from '../export-options.ts';
import { assembleImage } from '../images/assemble.ts';
import { planOmission } from '../images/omission.ts';
import { checkUnchanged } from '../images/prepare-images.ts';
import { saveAll, writeDocuments } from '../images/save-images.ts';
import type { SavedArchive } from '../images/saved-archive.ts';
import { createdAt, draftManifest, omittedFields } from './draft-manifest.ts';
import { estimateHeadBytes, finishHead } from './head.ts';
import { installScript } from './install-script.ts';
import { layoutFiles, type NamedImage } from './layout-files.ts';
import { scriptFile, textFile } from './text-file.ts';
import { imagesInfo, readme } from './texts.ts';

/** All that goes into a bundle. */
export interface Content {
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

/** Images in one stream from the engine, everything else around them; takes away what it wrote when it fails. */
export async function writeBundle(
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
      ...layoutFiles(named),
    ];
    const { manifest, head, digest } = finishHead(draft, others, blobs);
    options.signal.throwIfAborted();
    await writer.finish(head, options);
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
    await removeStaleOutputs(output);
    return await (format === 'tar'
      ? createTarWriter(writerOptions)
      : createFolderWriter(writerOptions));
  } catch (error) {
    throw ioError(error, 'writing the bundle to', output, 'output-unwritable');
  }
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
