import { join, resolve } from 'node:path';
import {
  addSteps,
  type BuildStep,
  type BuildTool,
  type CacheSource,
  type ImageStore,
} from '@bundle/engine';
import { paths } from '@bundle/format';
import { buildSettings, placeDockerfile, type Recipe } from '@bundle/recipe';
import type { CheckedSource } from './check.ts';
import { stagedCopy } from './staged-copy.ts';

export interface ReplayOptions {
  readonly store: ImageStore;
  /** Folder of the release, which has `build-cache/layout`. */
  readonly releaseDir: string;
  readonly tag: string;
  /** Called before the build that names the result. */
  readonly beforeResult: () => Promise<void>;
  readonly onStep: (step: BuildStep) => void;
  readonly signal: AbortSignal;
}

/**
 * Builds the stages one after the other, each with its own cache image and nothing else: caches that are given to one
 * build together race, and then miss. The last build names the image.
 */
export async function replay(
  tool: BuildTool,
  source: CheckedSource,
  { store, releaseDir, tag, beforeResult, onStep, signal }: ReplayOptions,
): Promise<BuildStep[]> {
  const { recipe, projectDir, dockerfile } = source;
  const removals: (() => Promise<void>)[] = [];
  const place = await placeDockerfile(source.context, recipe.dockerfile, source.text, dockerfile);
  removals.push(place.remove);
  try {
    let { context } = source;
    if (source.restoredModes.length > 0) {
      const copy = await stagedCopy(context, source.files);
      removals.push(copy.remove);
      context = copy.path;
    }
    const settings = buildSettings(recipe, projectDir);
    const target = source.stages.at(-1)?.name ?? '';
    const steps = new Map<string, BuildStep>();
    const told = new Set<string>();
    const tell = (step: BuildStep): void => {
      // Each build meets the steps of the stages below it again.
      if (step.state !== 'running' && told.has(step.name)) return;
      if (step.state !== 'running') told.add(step.name);
      onStep(step);
    };
    for (const stage of stagesToBuild(recipe, source)) {
      const isResult = stage.name === target;
      if (isResult) await beforeResult();
      const built = await tool.build(
        {
          ...settings,
          buildContexts: { ...settings.buildContexts, ...pinnedBases(recipe) },
          description: `${recipe.services.join(', ')}, stage ${stage.name}`,
          context,
          dockerfile: place.path,
          target: stage.name,
          secrets: [],
          ssh: [],
          platform: recipe.platform,
          cacheFrom: cacheOf(stage, store, releaseDir),
          inlineCache: false,
          ...(isResult ? { tag } : {}),
        },
        tell,
        signal,
      );
      addSteps(steps, built);
    }
    return [...steps.values()];
  } finally {
    for (const remove of removals) await remove();
  }
}

/** The captured stages that the Dockerfile still has, and the target. */
function stagesToBuild(
  { stages }: Recipe,
  source: CheckedSource,
): { name: string; image?: string; manifest?: string }[] {
  const names = new Set(source.stages.map(({ name }) => name));
  const captured = stages.filter(({ name }) => names.has(name));
  const target = source.stages.at(-1)?.name ?? '';
  return [
    ...captured.filter(({ name }) => name !== target),
    captured.find(({ name }) => name === target) ?? { name: target },
  ];
}

/** The graph-driver store finds a cache in its own images; containerd's takes it from an image layout. */
function cacheOf(
  { image, manifest }: { readonly image?: string; readonly manifest?: string },
  store: ImageStore,
  releaseDir: string,
): CacheSource[] {
  if (image === undefined || manifest === undefined) return [];
  if (store === 'graph-driver') return [{ image }];
  return [{ layout: resolve(join(releaseDir, paths.buildCacheLayout)), digest: manifest }];
}

/** An image that is pinned by digest has only its name on this engine: the digest was the registry's. */
function pinnedBases({ bases }: Recipe): Record<string, string> {
  return Object.fromEntries(
    bases.flatMap(({ reference, image }) =>
      reference.includes('@') ? [[reference, `docker-image://${image}`]] : [],
    ),
  );
}
