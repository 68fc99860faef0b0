import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildTool, Engine, EngineImage } from '@bundle/engine';
import { makeTemporaryFolder } from '@bundle/files';
import { chainIds, defined, isDigest, type OnProgress } from '@bundle/format';
import {
  buildSettings,
  chainRecord,
  manifestRecords,
  type Origin,
  placeDockerfile,
  type Recipe,
  type Run,
  type Stage,
  type Step,
  stepKeys,
} from '@bundle/recipe';
import type { PlannedImage } from '../application/application.ts';
import type { PackedImage, PresentImage } from '../images/packed-image.ts';
import { findImage } from '../images/prepare-images.ts';
import { baseReference, type ReadBuild } from './read-build.ts';
import { readRuns } from './read-runs.ts';

/** A stage with its cache metadata in a separate image. */
export interface CapturedStage {
  readonly name: string;
  readonly image: PresentImage;
  /** Number of that image's layers, bottom first, that belong to the base image of the stage. */
  readonly baseLayers: number;
  /** Chain ID of the base image; absent if the stage starts from scratch. */
  readonly base?: string;
  /**
   * Every RUN of this stage and of the stages before it, as reported by BuildKit; undefined if it did not report them.
   */
  readonly runs: readonly Run[] | undefined;
}

export interface CapturedBuild {
  readonly build: ReadBuild;
  readonly stages: readonly CapturedStage[];
  readonly steps: readonly Step[];
  readonly bases: Recipe['bases'];
  /** Maps records of base images by manifest to their records by chain ID. */
  readonly roots: ReadonlyMap<string, string>;
  /** Steps that BuildKit repeated although nothing had changed. */
  readonly unstable: readonly string[];
}

/** A captured build with its cache images in the form stored in the bundle. */
export interface PackedBuild extends Omit<CapturedBuild, 'stages'> {
  readonly stages: readonly PackedStage[];
}

export interface PackedStage extends CapturedStage {
  readonly image: PackedImage;
}

export interface CaptureOptions {
  readonly product: string;
  /** `linux/amd64` */
  readonly platform: string;
  /** Called with each name before the engine tags an image with it; the caller removes the name later. */
  readonly onTag: (reference: string) => void;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/**
 * Builds each stage separately with inline cache metadata, mostly from the engine's cache. Several caches imported into
 * one build race; one cache per build never misses.
 */
export async function captureBuild(
  engine: Engine,
  tool: BuildTool,
  build: ReadBuild,
  { product, platform, onTag, onProgress, signal }: CaptureOptions,
): Promise<CapturedBuild> {
  const { plan, stages, dockerfile, files, contextFiles } = build;
  const baseImages = new Map<string, EngineImage>();
  for (const { reference, image } of build.bases) {
    const found = await engine.inspectImage(image.source);
    if (found !== undefined) baseImages.set(reference, found);
  }
  const chains = Object.fromEntries(
    [...baseImages].map(([reference, { diffIds }]) => [reference, chainIds(diffIds).at(-1) ?? '']),
  );
  const { globals } = dockerfile;
  const inputs = { globals, buildArgs: plan.buildArgs, files, contextFiles, chains };
  const steps = stepKeys({ ...inputs, stages });
  const id = identity(plan.image, steps);
  const place = await placeDockerfile(build.context, plan.dockerfile, build.text, dockerfile);
  const captured: CapturedStage[] = [];
  const unstable: string[] = [];
  const folder = await makeTemporaryFolder('bundle-capture-');
  try {
    for (const stage of stages.filter((one) => hasSteps(one, steps, stages))) {
      const reference = cacheReference(product, plan.services[0] ?? '', stage.name, id);
      const detail = `${plan.services.join(', ')}: stage ${stage.name}`;
      onProgress({ phase: 'capturing builds', doneBytes: 0, detail });
      const request = {
        ...buildSettings(plan, plan.projectDir),
        description: detail,
        context: build.context,
        dockerfile: place.path,
        target: stage.name,
        secrets: plan.secrets,
        ssh: plan.ssh,
        platform,
        cacheFrom: [],
        inlineCache: false,
      };
      const named = { ...request, tag: reference, inlineCache: true };
      onTag(reference);
      await tool.build(named, () => undefined, signal);
      // Build again immediately: any step that is not reused now has a different key each time.
      const metadataFile = join(folder, `${captured.length}.json`);
      const again = await tool.build({ ...request, metadataFile }, () => undefined, signal);
      unstable.push(...again.filter(({ state }) => state === 'run').map(({ name }) => name));
      captured.push({
        name: stage.name,
        image: await findImage(engine, cacheImage(reference)),
        ...baseOf(stage.base, build, baseImages),
        runs: await readRuns(metadataFile),
      });
    }
  } finally {
    await place.remove();
    await rm(folder, { recursive: true, force: true });
  }
  const { store, platform: host } = await engine.info();
  const bases = build.bases.flatMap(({ reference, image }) => {
    const found = baseImages.get(reference);
    const chain = chainIds(found?.diffIds ?? []).at(-1);
    if (found === undefined || chain === undefined) return [];
    const id = store === 'containerd' ? { id: found.id } : {};
    return [{ reference, image: image.reference, chain, ...id }];
  });
  const roots = new Map(
    [...baseImages].flatMap(([reference, { id, diffIds }]) => {
      const root = chainRecord(chainIds(diffIds).at(-1) ?? '');
      const pinned = reference.split('@')[1] ?? '';
      return [id, pinned].flatMap((digest) =>
        isDigest(digest)
          ? manifestRecords(digest, host).map((record): [string, string] => [record, root])
          : [],
      );
    }),
  );
  return { build, stages: captured, steps, bases, roots, unstable: [...new Set(unstable)] };
}

function cacheImage(reference: string): PlannedImage {
  return { reference, source: reference, services: [], built: true, use: 'build-cache' };
}

/**
 * Tells whether to build a stage: one without layers has nothing to cache, except that the last stage is the result.
 */
function hasSteps(stage: Stage, steps: readonly Step[], stages: readonly Stage[]): boolean {
  return stage === stages.at(-1) || steps.some((step) => step.stage === stage.name);
}

function baseOf(
  origin: Origin,
  build: ReadBuild,
  images: ReadonlyMap<string, EngineImage>,
): Pick<CapturedStage, 'base' | 'baseLayers'> {
  if (origin.kind === 'stage') {
    const stage = build.dockerfile.stages[origin.index];
    return stage === undefined ? { baseLayers: 0 } : baseOf(stage.base, build, images);
  }
  const reference = baseReference(build, origin);
  const { diffIds = [] } = images.get(reference ?? '') ?? {};
  const base = chainIds(diffIds).at(-1);
  return { baseLayers: diffIds.length, ...defined({ base }) };
}

/** Returns the same identity for the same inputs, so that bundles of the same input have the same bytes. */
function identity(image: string, steps: readonly Step[]): string {
  const keys = steps.map(({ key }) => key);
  return createHash('sha256')
    .update(JSON.stringify([image, keys]))
    .digest('hex')
    .slice(0, 12);
}

/**
 * Returns `bundle-cache/PRODUCT:SERVICE-STAGE-ID`. The stage is in the tag, because tags may have capitals and names
 * may not; a tag has at most 128 characters.
 */
function cacheReference(product: string, service: string, stage: string, id: string): string {
  const words = `${service}-${stage}`.replaceAll(/[^A-Za-z0-9_.-]/g, '_').slice(0, 110);
  return `bundle-cache/${product}:${words}-${id}`;
}
