import type { BuildTool, Engine } from '@bundle/engine';
import { defined, type Platform } from '@bundle/format';
import type { ApplicationPlan, PlannedImage } from './application/application.ts';
import { baseImagesOf, type NotCaptured, readBuilds } from './builds/read-all.ts';
import { sizeOfFiles } from './bundle/head-files.ts';
import { type ImageState, imageState, type PrepareOptions } from './images/prepare-images.ts';
import type { SecretFinding } from './secrets/finding.ts';
import { SecretScan } from './secrets/scan.ts';

/** What an export would do. The sizes of images are the engine's estimates, undefined for missing images. */
export interface ExportPreview {
  readonly application: ApplicationPlan;
  readonly images: readonly {
    readonly reference: string;
    readonly services: readonly string[];
    readonly state: ImageState;
    readonly bytes?: number;
    /** Set for images packed only for rebuilds. */
    readonly use?: PlannedImage['use'];
  }[];
  /** Stages that are built with their cache metadata. Their size is known only after the build. */
  readonly stages: readonly {
    readonly services: readonly string[];
    readonly names: readonly string[];
  }[];
  readonly notCaptured: readonly NotCaptured[];
  readonly fileBytes: number;
  /** Secrets in the files of the application that would stop the export; images are scanned only by the export. */
  readonly secrets: readonly SecretFinding[];
}

export type PreviewOptions = Pick<PrepareOptions, 'pull' | 'rebuild'> & {
  readonly buildTool?: BuildTool;
  readonly platform?: Platform;
  readonly allowSecrets: readonly string[];
  readonly signal: AbortSignal;
};

/** Decides what an export would do; nothing is pulled, built or written. */
export async function preview(
  engine: Engine,
  application: ApplicationPlan,
  options: PreviewOptions,
): Promise<ExportPreview> {
  const images: ExportPreview['images'][number][] = [];
  const info = await engine.info();
  const platform = options.platform ?? info.platform;
  const read = await readBuilds(application.builds, options.buildTool, info, platform);
  for (const image of [...application.images, ...baseImagesOf(read.builds, application.images)]) {
    const { reference, services, use } = image;
    const present = await engine.inspectImage(image.source);
    const state = imageState(image, present !== undefined, options);
    images.push({ reference, services, state, ...defined({ bytes: present?.size, use }) });
  }
  const scan = new SecretScan(options.allowSecrets, options.signal);
  await scan.files(application.files, application.privateKeys);
  return {
    application,
    images,
    stages: read.builds.map(({ plan, stages }) => ({
      services: plan.services,
      names: stages.map(({ name }) => name),
    })),
    notCaptured: read.notCaptured,
    fileBytes: await sizeOfFiles(application.files),
    secrets: scan.stopping(),
  };
}
