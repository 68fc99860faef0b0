import { join, resolve } from 'node:path';
import {
  addSteps,
  type BuildStep,
  type BuildTool,
  type CacheSource,
  type ImageStore,
} from '@bundle/engine';
import { paths } from '@bundle/format';
import { buildSettings, placeDockerfile, type Recipe, type Stage } from '@bundle/recipe';
import type { CheckedSource } from './check.ts';
import { packageContexts, withPackages, writtenName } from './served-build.ts';
import { stagedCopy } from './staged-copy.ts';

export interface ReplayOptions {
  readonly store: ImageStore;
  /** Folder of the release, which contains `build-cache/layout`. */
  readonly releaseDir: string;
  readonly tag: string;
  /** Called before the build that names the result. */
  readonly beforeResult: () => Promise<void>;
  readonly onStep: (step: BuildStep) => void;
  readonly signal: AbortSignal;
}

/**
 * Builds the stages that no other stage is based on, one after the other, each with only its own cache image:
 * several caches in one build race and then miss. The last build names the image.
 */
export async function replay(
  tool: BuildTool,
  source: CheckedSource,
  { store, releaseDir, tag, beforeResult, onStep, signal }: ReplayOptions,
): Promise<BuildStep[]> {
  const { recipe, projectDir, dockerfile } = source;
  const removals: (() => Promise<void>)[] = [];
  const served = source.served ?? [];
  const place = await placeDockerfile(
    source.context,
    recipe.dockerfile,
    source.text,
    dockerfile,
    (text) => withPackages(text, dockerfile, served),
  );
  removals.push(place.remove);
  try {
    const packages = await packageContexts(served);
    removals.push(packages.remove);
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
    const tell = (built: BuildStep): void => {
      const step = { ...built, name: writtenName(built.name) };
      // Each build repeats the steps of the stages below it.
      if (step.state !== 'running' && told.has(step.name)) return;
      if (step.state !== 'running') told.add(step.name);
      onStep(step);
    };
    for (const stage of stagesToBuild(recipe, source.stages)) {
      const isResult = stage.name === target;
      if (isResult) await beforeResult();
      const built = await tool.build(
        {
          ...settings,
          buildContexts: {
            ...withBases(settings.buildContexts, source, store, releaseDir),
            ...packages.contexts,
          },
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
      addSteps(
        steps,
        built.map((step) => ({ ...step, name: writtenName(step.name) })),
      );
    }
    return [...steps.values()];
  } finally {
    for (const remove of removals) await remove();
  }
}

/**
 * Lists the captured stages that the Dockerfile still has, and the target. Leaves out a stage that another one was
 * and is built on (FROM), since the cache image of the latter also has its layers and records.
 */
export function stagesToBuild(
  captured: Pick<Recipe, 'stages' | 'steps'>,
  needed: readonly Stage[],
): { name: string; image?: string; manifest?: string }[] {
  const target = needed.at(-1)?.name ?? '';
  const known = new Map(captured.stages.map((stage) => [stage.name, stage]));
  const ends = new Map(captured.steps.map(({ stage, key }) => [stage, key]));
  const wasBuiltOn = (name: string): string | undefined =>
    captured.steps.find(({ stage }) => stage === name)?.parents[0];
  const isCovered = ({ index, name }: Stage): boolean =>
    needed.some(
      (other) =>
        other.base.kind === 'stage' &&
        other.base.index === index &&
        known.has(other.name) &&
        wasBuiltOn(other.name) === ends.get(name),
    );
  const names = needed.filter((stage) => known.has(stage.name) && !isCovered(stage));
  const others = names.flatMap(({ name }) => (name === target ? [] : [name]));
  return [...others, target].map((name) => known.get(name) ?? { name });
}

/** The graph-driver store finds a cache in its own images; the containerd store takes it from an image layout. */
function cacheOf(
  { image, manifest }: { readonly image?: string; readonly manifest?: string },
  store: ImageStore,
  releaseDir: string,
): CacheSource[] {
  if (image === undefined || manifest === undefined) return [];
  if (store === 'graph-driver') return [{ image }];
  return [{ layout: resolve(join(releaseDir, paths.buildCacheLayout)), digest: manifest }];
}

/**
 * Maps each image of the Dockerfile to the engine’s image, by named contexts. The containerd store takes the
 * manifest from the release’s layout; otherwise BuildKit before 0.24 (Docker 28.3) asks a registry for it. On a
 * graph driver, an image pinned by digest has only its name: the digest was the registry’s.
 */
export function withBases(
  named: Readonly<Record<string, string>>,
  { recipe, baseIds }: Pick<CheckedSource, 'baseIds'> & { readonly recipe: Pick<Recipe, 'bases'> },
  store: ImageStore,
  releaseDir: string,
): Record<string, string> {
  const layout = resolve(join(releaseDir, paths.buildCacheLayout));
  const places = new Map(
    recipe.bases.flatMap(({ reference, image, manifest }): [string, string][] => {
      // buildx reads text after a colon as a tag.
      const isSame = manifest !== undefined && manifest === baseIds[reference];
      if (store === 'containerd' && isSame && !/[:@]/.test(layout))
        return [[reference, `oci-layout://${layout}@${manifest}`]];
      return reference.includes('@') ? [[reference, `docker-image://${image}`]] : [];
    }),
  );
  const contexts = Object.entries(named).map(([name, value]) => [
    name,
    places.get(value.replace(/^docker-image:\/\//, '')) ?? value,
  ]);
  return { ...Object.fromEntries(contexts), ...Object.fromEntries(places) };
}
