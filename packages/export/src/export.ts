import type { Engine } from '@bundle/engine';
import { formatPlatform, partListSuffix } from '@bundle/format';
import type { ApplicationPlan } from './application/application.ts';
import { type CapturedBuild, captureBuild } from './builds/capture.ts';
import { baseImagesOf, readBuilds } from './builds/read-all.ts';
import { rebuildReport } from './builds/report.ts';
import { packSource } from './builds/source-archive.ts';
import { createdAt } from './bundle/draft-manifest.ts';
import { checkOutput } from './bundle/output.ts';
import { writeBundle } from './bundle/write-bundle.ts';
import type { ExportOptions, ExportReport } from './export-options.ts';
import { type PrepareOptions, prepareImages } from './images/prepare-images.ts';
import { readFiles, readRuntimes } from './preview.ts';

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

/** For images that were made a moment ago. */
function neverPull({ onProgress, signal }: ExportOptions): PrepareOptions {
  return { pull: 'never', rebuild: false, platform: undefined, onProgress, signal };
}
