import { resolve } from 'node:path';
import type { Engine, EngineImage, EngineInfo } from '@bundle/engine';
import { BundleError, chainIds, type Digest, paths } from '@bundle/format';
import {
  type Change,
  type ContextEntry,
  changedDependencies,
  externalImages,
  hasMount,
  type Instruction,
  modeChanges,
  type Recipe,
  readSource,
  type Source,
  type Stage,
  type Step,
  stepKeys,
} from '@bundle/recipe';
import type { RebuildableRelease } from './release.ts';
import { digestOfInputs, isAsCaptured } from './unchanged.ts';

/** A build of changed source, compared with its capture in the bundle. */
export interface CheckedSource extends Source {
  readonly recipe: Recipe;
  readonly projectDir: string;
  /** Name of each base image on the engine. */
  readonly baseIds: Readonly<Record<string, string>>;
  /** With modes as at the export, unless the current modes are kept. */
  readonly files: readonly ContextEntry[];
  readonly steps: readonly Step[];
  /** Files whose modes are restored in a copy of the context. */
  readonly restoredModes: readonly string[];
  /** Dependency steps that have to run again, and cannot. */
  readonly changes: readonly Change[];
  /** Dependency steps that run again with packages that the bundle carries. */
  readonly served?: readonly ServedStep[];
  /** Digest of all inputs of the result. */
  readonly digest: Digest;
  /** Whether all inputs are the same as at the export. */
  readonly isAsCaptured: boolean;
}

export interface CheckOptions {
  readonly keepModes: boolean;
  readonly capturedOn: CapturedOn;
  /** Additional or changed build arguments. */
  readonly buildArgs?: Readonly<Record<string, string>>;
}

/** A RUN that gets its packages from a folder of the release. */
export interface ServedStep {
  readonly stage: Stage;
  readonly instruction: Instruction;
  /** Absolute path. */
  readonly folder: string;
}

/** Compares the source in `projectDir` with the recipe; nothing is built. */
export async function checkSource(
  engine: Engine,
  captured: Recipe,
  projectDir: string,
  { keepModes, capturedOn, buildArgs: more }: CheckOptions,
): Promise<CheckedSource> {
  const recipe = { ...captured, buildArgs: { ...captured.buildArgs, ...more } };
  const [source, info, bases] = await Promise.all([
    readSource(recipe, projectDir, recipe.platform),
    engine.info(),
    inspectAll(
      engine,
      recipe.bases.map(({ image }) => image),
    ),
  ]);
  const changed = keepModes ? [] : modeChanges(recipe.files, source.files);
  const modes = new Map(changed.map(({ path, captured }) => [path, captured]));
  const files = source.files.map((entry) => ({
    ...entry,
    mode: modes.get(entry.path) ?? entry.mode,
  }));
  const chains: Record<string, string> = {};
  const baseIds: Record<string, string> = {};
  for (const { reference, image } of recipe.bases) {
    const found = bases.get(image);
    if (found !== undefined) baseIds[reference] = found.id;
  }
  const otherBases: string[] = [];
  for (const reference of externalImages(source.stages)) {
    const base = recipe.bases.find((one) => one.reference === reference);
    const image = base === undefined ? await engine.inspectImage(reference) : bases.get(base.image);
    if (image === undefined) throw missingBase(recipe, reference);
    if (base?.id !== undefined && base.id !== image.id) otherBases.push(reference);
    chains[reference] = chainIds(image.diffIds).at(-1) ?? '';
  }
  const { globals } = source.dockerfile;
  const { buildArgs } = recipe;
  const { stages, contextFiles } = source;
  const steps = stepKeys({ stages, globals, buildArgs, files, contextFiles, chains });
  const inputs = { text: source.text, buildArgs, files, contextFiles, steps, chains };
  const changes = changedDependencies(recipe, { steps, files, contextFiles });
  const foreign = steps.flatMap((step) => {
    const cause = foreignCause(
      step,
      { ...capturedOn, portable: recipe.portable },
      info,
      otherBases,
    );
    const isNew = cause !== undefined && !changes.some((one) => one.step === step);
    return isNew ? [{ step, causes: [cause] }] : [];
  });
  return {
    ...source,
    recipe,
    projectDir: resolve(projectDir),
    baseIds,
    files,
    steps,
    restoredModes: changed.map(({ path }) => path),
    changes: [...changes, ...foreign],
    digest: digestOfInputs(inputs),
    isAsCaptured: isAsCaptured(captured, inputs),
  };
}

/** Returns the images that an engine has of these names. */
async function inspectAll(
  engine: Engine,
  names: readonly string[],
): Promise<Map<string, EngineImage | undefined>> {
  return new Map(
    await Promise.all(names.map(async (name) => [name, await engine.inspectImage(name)] as const)),
  );
}

/** Returns the part of a version that cache keys depend on: `28.5.2+dfsg4` → `28`. */
export function majorRelease(version: string): string {
  return /^\d+/.exec(version)?.[0] ?? version;
}

/** The engine that captured a build: its version and, where the bundle says so, its image store. */
export type CapturedOn = Pick<RebuildableRelease, 'engine' | 'store'> & Pick<Recipe, 'portable'>;

/**
 * Explains why this engine cannot find the result of a dependency step, if so. Observed: a RUN with a mount (secret
 * or bind) that Docker 28 captured runs again on Docker 26, and vice versa. What an engine with the containerd store
 * captured is keyed by the manifest of the base image. A graph-driver store does not keep that manifest, and it
 * differs (`otherBases`) if the image had plain layers, as after `docker load`.
 */
export function foreignCause(
  step: Step,
  { engine, store, portable = [] }: CapturedOn,
  info: Pick<EngineInfo, 'version' | 'store'>,
  otherBases: readonly string[] = [],
): string | undefined {
  if (!step.dependency) return undefined;
  const isBound = !portable.includes('store');
  if (isBound && store === 'containerd' && info.store === 'graph-driver')
    return 'the cache was captured with the containerd image store, and this engine’s graph-driver store does not find it';
  if (isBound && otherBases.length > 0)
    return `the cache was captured on ${otherBases.join(', ')} with plain layers, which a bundle compresses: pull it from a registry before the export`;
  const isBoundToRelease = hasMount(step) && !portable.includes('release');
  return isBoundToRelease && majorRelease(engine) !== majorRelease(info.version)
    ? `it has a --mount, whose cache key differs between Docker ${engine} (at the export) and ${info.version}`
    : undefined;
}

/** Refuses a build in which a dependency step has to run again, naming every file and step. */
export function refuseChanges(sources: readonly CheckedSource[]): void {
  const words = sources.flatMap(({ recipe, changes }) =>
    changes.map(
      ({ step, causes }) =>
        `${recipe.services.join(', ')}: ${causes.join(', ')}, so line ${step.line} (${firstLine(step.text)}) would have to run again`,
    ),
  );
  if (words.length === 0) return;
  throw new BundleError('rebuild-needs-network', {
    operation: 'comparing the source with the bundle',
    expected: 'the same dependencies, base images and earlier instructions',
    found: words.join('; '),
    hint: 'Export the application again on the connected machine and import that bundle. Where such a step needs no network, --allow-rerun runs it.',
  });
}

function missingBase({ services }: Recipe, reference: string): BundleError {
  return new BundleError('rebuild-needs-network', {
    operation: 'looking for the images named in the Dockerfile of',
    subject: services.join(', '),
    expected: `${reference} on the engine`,
    found: 'no such image on the engine or in the bundle',
    hint: `The Dockerfile names an image that it did not name at the export: see ${paths.recipes}. Export the application again.`,
  });
}

export function firstLine(text: string): string {
  const [line = '', ...more] = text.split('\n');
  const short = line.length > 70 ? `${line.slice(0, 70)}…` : line;
  return more.length > 0 && !short.endsWith('…') ? `${short.replace(/\s*\\$/, '')} …` : short;
}
