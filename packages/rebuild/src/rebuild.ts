import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BuildStep, BuildTool, Engine, EngineInfo } from '@bundle/engine';
import { BundleError, type OnProgress } from '@bundle/format';
import { previousName, readRebuilds } from '@bundle/host';
import type { Recipe } from '@bundle/recipe';
import type { FindParts } from '@bundle/store';
import { missingImages } from './carried-images.ts';
import { type CheckedSource, checkSource, refuseChanges } from './check.ts';
import { dropPrevious, putBack, replacedUnrecorded } from './kept-image.ts';
import { recordRebuild } from './record.ts';
import { chooseRecipes, type RebuildableRelease } from './release.ts';
import { replay } from './replay.ts';
import { serveChanges } from './served.ts';
import { isUpToDate } from './unchanged.ts';

export interface RebuildOptions {
  /** Services to rebuild; all rebuildable ones when empty. */
  readonly services: readonly string[];
  /** Folder of the project, which contains or contained its Compose file. */
  readonly source: string;
  /** Additional or changed build arguments. */
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Tag or reference of the result, for one service; default: the image that the service runs. */
  readonly tag?: string;
  /** Bundle to reload missing images from. */
  readonly bundle?: string;
  /** Where its parts are, and how to ask for a missing one. */
  readonly find?: FindParts;
  /** Whether to let dependency steps run again. */
  readonly allowRerun: boolean;
  /** Whether to keep the current file modes. */
  readonly keepModes: boolean;
  /** Time of the rebuild, for the name of the previous image. */
  readonly now: Date;
  readonly onStep: (services: readonly string[], step: BuildStep) => void;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

export interface RebuiltImage {
  readonly services: readonly string[];
  readonly image: string;
  readonly imageId: string;
  /** Name under which the previous image stays; absent where there was no image or nothing changed. */
  readonly previous?: string;
  readonly changed: boolean;
  readonly steps: readonly BuildStep[];
  /** Files whose modes were taken from the capture. */
  readonly restoredModes: readonly string[];
  readonly seconds: number;
}

/**
 * Rebuilds images from changed source without a network. Everything is compared before the first build; a running
 * application always keeps its image. Fails with `rebuild-needs-network`, `package-not-carried`
 * and `rebuild-unavailable`.
 */
export async function rebuildImages(
  engine: Engine,
  tool: BuildTool,
  release: RebuildableRelease,
  options: RebuildOptions,
): Promise<RebuiltImage[]> {
  const info = await engine.info();
  checkEngine(info);
  const recipes = chooseRecipes(release, options.services);
  if (options.tag !== undefined && recipes.length > 1) throw oneTag(recipes);
  const missing = await missingImages(engine, release, recipes);
  if (missing.length > 0) {
    // Loaded only when a bundle has to be read: it is much code, and few rebuilds need it.
    const { restoreImages } = await import('./restore-images.ts');
    await restoreImages(engine, release, missing, options.bundle, options);
  }
  const sources: CheckedSource[] = [];
  for (const recipe of recipes)
    sources.push(
      await checkSource(engine, recipe, options.source, {
        keepModes: options.keepModes,
        capturedOn: release,
        buildArgs: options.buildArgs,
      }),
    );
  const served = await serveChanges(sources, release, options.allowRerun);
  if (!options.allowRerun) refuseChanges(served);
  const rebuilt: RebuiltImage[] = [];
  for (const source of served)
    rebuilt.push(await rebuildOne(engine, tool, info, release, source, options));
  return rebuilt;
}

async function rebuildOne(
  engine: Engine,
  tool: BuildTool,
  { store }: EngineInfo,
  release: RebuildableRelease,
  source: CheckedSource,
  options: RebuildOptions,
): Promise<RebuiltImage> {
  const started = performance.now();
  const { services, image } = source.recipe;
  const tag = options.tag === undefined ? image : resultName(image, options.tag);
  const before = await engine.inspectImage(tag);
  const rebuilds = await readRebuilds(release);
  const known = rebuilds.find(({ reference }) => reference === tag);
  if (isUpToDate(before, release.manifest, known, source))
    return {
      services,
      image: tag,
      imageId: before?.id ?? '',
      changed: false,
      steps: [],
      restoredModes: source.restoredModes,
      seconds: (performance.now() - started) / 1000,
    };
  const previous = await previousName(
    tag,
    options.now,
    async (name) => (await engine.inspectImage(name)) !== undefined,
  );
  const kept = { tag, previous, id: before?.id };
  try {
    const steps = await replay(tool, source, {
      store,
      releaseDir: release.folder,
      tag,
      beforeResult: async () => {
        if (before !== undefined) await engine.tagImage(tag, previous);
      },
      onStep: (step) => options.onStep(services, step),
      signal: options.signal,
    });
    const after = await engine.inspectImage(tag);
    if (after === undefined) throw notThere(tag);
    const isNew = after.id !== before?.id;
    if (!isNew) await dropPrevious(engine, kept);
    const replaced =
      before === undefined
        ? null
        : isNew
          ? { name: previous, imageId: before.id }
          : await replacedUnrecorded(engine, before, tag, known);
    const changed = isNew || replaced !== null;
    if (changed) {
      const result = { imageId: after.id, source: source.digest, previous: replaced };
      // With --tag the services keep their current image.
      const recorded = { reference: tag, services: tag === image ? services : [] };
      await recordRebuild(engine, release, recorded, result);
    }
    return {
      services,
      image: tag,
      imageId: after.id,
      ...(replaced === null ? {} : { previous: replaced.name }),
      changed,
      steps,
      restoredModes: source.restoredModes,
      seconds: (performance.now() - started) / 1000,
    };
  } catch (error) {
    throw await putBack(engine, kept, error);
  }
}

/** Finds the source: the given folder, else the current one if it contains the builds. */
export async function sourceFolder(
  named: string | undefined,
  cwd: string,
  recipes: readonly Recipe[],
  carried?: RebuildableRelease['source'],
): Promise<string> {
  if (named !== undefined) return resolve(cwd, named);
  for (const { context, dockerfile } of recipes) {
    const file = 'path' in dockerfile ? dockerfile.path : '.';
    try {
      await access(join(cwd, context, file));
    } catch {
      throw new BundleError('rebuild-unavailable', {
        operation: 'looking for the source in',
        subject: cwd,
        expected: join(context, file),
        found: 'no such file',
        hint: `Name the folder of the project with --source, or change to it first.${
          carried === undefined
            ? ''
            : ' The bundle contains the source: `bundle source FOLDER` writes it.'
        }`,
      });
    }
  }
  return cwd;
}

/** Older engines do not reuse caches in BuildKit's current form. */
const oldestRelease = 23;

/** Fails on an engine that cannot rebuild. */
export function checkEngine({
  runsContainers,
  isPodman = false,
  version,
  description,
}: EngineInfo): void {
  if (isPodman) {
    throw new BundleError('rebuild-unavailable', {
      operation: 'checking the engine for rebuilds',
      subject: description,
      expected: `Docker ${oldestRelease} or later`,
      found: 'podman, which builds without BuildKit and cannot use the captured cache',
      hint: 'Rebuild on a host with Docker, and bring the result here as a bundle; everything but rebuilds works with podman.',
    });
  }
  const release = Number(/^\d+/.exec(version)?.[0] ?? oldestRelease);
  if (runsContainers && release >= oldestRelease) return;
  throw new BundleError(runsContainers ? 'engine-too-old' : 'rebuild-unavailable', {
    operation: 'checking the engine for rebuilds',
    subject: description,
    expected: `Docker ${oldestRelease} or later`,
    found: runsContainers
      ? `${version}, which does not reuse the cache of newer engines`
      : description,
    hint: 'Update the engine on this host; everything but rebuilds works with this one.',
  });
}

/** Completes a tag: `dev` is the service's image with that tag; `shop/api:dev` is complete. */
function resultName(image: string, tag: string): string {
  if (/[:/]/.test(tag)) return tag;
  return `${image.slice(0, image.lastIndexOf(':'))}:${tag}`;
}

function oneTag(recipes: readonly Recipe[]): BundleError {
  return new BundleError('usage', {
    operation: 'naming the result',
    expected: 'one service with --tag',
    found: recipes.flatMap(({ services }) => services).join(', '),
    hint: 'Rebuild them one at a time, or omit --tag.',
  });
}

function notThere(tag: string): BundleError {
  return new BundleError('image-build-failed', {
    operation: 'looking for the result of the build',
    subject: tag,
    expected: 'an image of that name',
    found: 'no such image',
    hint: 'See the engine’s log.',
  });
}
