import { rm } from 'node:fs/promises';
import type { BuildTool, Engine } from '@bundle/engine';
import { makeTemporaryFolder } from '@bundle/files';
import { formatPlatform } from '@bundle/format';
import type { HeadFile } from '@bundle/store';
import type { ApplicationPlan } from './application/application.ts';
import { leaveOutTriggered } from './builds/base-triggers.ts';
import { bundlesInside } from './builds/bundles-inside.ts';
import { CacheTags } from './builds/cache-tags.ts';
import { type CapturedBuild, type CaptureOptions, captureBuild } from './builds/capture.ts';
import { baseImagesOf, readBuilds } from './builds/read-all.ts';
import type { ReadBuild } from './builds/read-build.ts';
import { recordPackages } from './builds/record-packages.ts';
import { rebuildReport } from './builds/report.ts';
import { packSource } from './builds/source-archive.ts';
import { createdAt } from './bundle/draft-manifest.ts';
import { readFiles, readRuntimes } from './bundle/head-files.ts';
import { checkSequence, planOrder } from './bundle/order.ts';
import { checkOutputs, partListOf } from './bundle/output.ts';
import { writeBundle } from './bundle/write-bundle.ts';
import type { ExportOptions, ExportReport } from './export-options.ts';
import { compareSources } from './images/compare-sources.ts';
import { findReferrers } from './images/find-referrers.ts';
import { prepareFurther } from './images/prepare-further.ts';
import { prepareImages } from './images/prepare-images.ts';
import { SecretScan } from './secrets/scan.ts';

/**
 * Writes the bundle of an application: images in one stream from the engine, everything else around them. `output`
 * appears only once it is complete; a failed or interrupted run leaves nothing behind.
 */
export async function packBundle(
  engine: Engine,
  application: ApplicationPlan,
  options: ExportOptions,
): Promise<ExportReport> {
  const started = performance.now();
  checkSequence(options);
  await checkOutputs(options);
  const tags = new CacheTags(engine);
  const records =
    options.packages === undefined ? undefined : await makeTemporaryFolder('bundle-packages-');
  let packed: Packed;
  try {
    packed = await pack(engine, application, tags, records, options);
  } catch (error) {
    // Report only the original error; the next run takes over any remaining tags.
    await tags.remove();
    throw error;
  } finally {
    if (records !== undefined) await rm(records, { recursive: true, force: true });
  }
  const leftTags = await tags.remove();
  const { rebuild, ...report } = packed;
  const output = options.partBytes === undefined ? options.output : partListOf(options.output);
  const seconds = (performance.now() - started) / 1000;
  return {
    output,
    ...report,
    ...(rebuild && { rebuild: { ...rebuild, warnings: [...rebuild.warnings, ...leftTags] } }),
    seconds,
  };
}

type Packed = Omit<ExportReport, 'output' | 'seconds'>;

async function pack(
  engine: Engine,
  plan: ApplicationPlan,
  tags: CacheTags,
  records: string | undefined,
  options: ExportOptions,
): Promise<Packed> {
  const { pull, rebuild, build, take, buildTool, onProgress, signal } = options;
  const info = await engine.info();
  const platform = options.platform ?? info.platform;
  const runtimes = (await options.runtimes?.(platform)) ?? [];
  const readPlanned = async ({ files }: ApplicationPlan): Promise<HeadFile[]> => [
    ...(await readFiles(files, { onProgress, signal })),
    ...(await readRuntimes(runtimes)),
  ];
  const secrets = new SecretScan(options.allowSecrets ?? [], signal);
  // Read before anything is built, to report unreadable files at once.
  const planned = await readPlanned(plan);
  const scanning = secrets.files(plan.files, plan.privateKeys);
  const [read] = await Promise.all([readBuilds(plan.builds, buildTool, info, platform), scanning]);
  secrets.check();
  const present = await prepareImages(
    engine,
    [...plan.images, ...baseImagesOf(read.builds, plan.images)],
    { pull, rebuild, build, take, platform: options.platform, onProgress, signal },
  );
  const { builds: readable, images, ...left } = leaveOutTriggered(read.builds, present);
  const notCaptured = [...read.notCaptured, ...left.notCaptured];
  const further = await prepareFurther(plan.images, images, options);
  const referrers =
    options.referrers === true ? await findReferrers(engine, images, further, signal) : [];
  const { sourceMounts, product } = plan;
  const application =
    sourceMounts.length === 0 || options.replan === undefined
      ? plan
      : await options.replan(
          await compareSources(engine, sourceMounts, images, plan.builds, {
            platform: options.platform,
            signal,
          }),
        );
  const files = application === plan ? planned : await readPlanned(application);
  if (application !== plan) {
    const before = new Set(plan.files.map(({ path }) => path));
    const added = application.files.filter(({ path }) => !before.has(path));
    await secrets.files(added, application.privateKeys);
    secrets.check();
  }
  const capturing = performance.now();
  const builds = await captureAll(engine, buildTool, readable, {
    ...{ product, platform: formatPlatform(platform), onProgress, signal },
    onTag: (reference) => tags.add(reference),
  });
  const recorded =
    buildTool === undefined || options.packages === undefined || records === undefined
      ? undefined
      : await recordPackages(buildTool, readable, options.packages, {
          folder: records,
          platform: formatPlatform(platform),
          onProgress,
          signal,
        });
  const captureSeconds = (performance.now() - capturing) / 1000;
  const caches = builds.flatMap(({ stages }) => stages.map(({ image }) => image));
  const ofAll = [...images, ...further.flatMap((one) => one.images)];
  const created = createdAt([...ofAll, ...caches], options.sourceDateEpoch);
  const source =
    options.withSource === true && builds.length > 0
      ? await packSource(readable, created)
      : undefined;
  if (source !== undefined) await secrets.source(source.root, source.paths);
  secrets.check();
  const content = {
    ...{ application, images, further, referrers, builds, source, platform, engine: info, created },
    files: [...files, ...(recorded?.files ?? []), ...(source === undefined ? [] : [source.file])],
    version: options.version,
    order: planOrder(created, options),
  };
  const inside = await bundlesInside(readable);
  const { warnings, ...written } = await writeBundle(engine, content, secrets, options);
  const more = [...inside, ...warnings];
  const { manifest } = written;
  const depots = recorded?.depots;
  return {
    ...written,
    secrets: secrets.report(),
    ...(await rebuildReport(builds, notCaptured, manifest, captureSeconds, source, more, depots)),
  };
}

async function captureAll(
  engine: Engine,
  tool: BuildTool | undefined,
  builds: readonly ReadBuild[],
  options: CaptureOptions,
): Promise<CapturedBuild[]> {
  const captured: CapturedBuild[] = [];
  if (tool === undefined) return captured;
  for (const build of builds) captured.push(await captureBuild(engine, tool, build, options));
  return captured;
}
