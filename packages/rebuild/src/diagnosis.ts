import type { DiskUsage, EngineInfo } from '@bundle/engine';
import type { BundleImage } from '@bundle/format';
import { megabytes } from '@bundle/format';
import { isPreviousName } from '@bundle/host';
import type { CheckedSource } from './check.ts';
import { firstLine, foreignCause, majorRelease } from './check.ts';
import type { RebuildableRelease } from './release.ts';

export type CheckState = 'ok' | 'warning' | 'problem' | 'skipped';

/** One prerequisite of a rebuild, and how to meet it if it is not met. */
export interface Check {
  readonly name: string;
  readonly state: CheckState;
  readonly found: string;
  readonly hint?: string;
}

/** Below this, there is no room even for a small layer and a copy of a context. */
const leastFreeBytes = 100_000_000;

export function engineCheck({ description, store }: EngineInfo): Check {
  return { name: 'engine', state: 'ok', found: `${description}, ${store} image store` };
}

export function toolCheck(name: string, version: string | undefined, hint: string): Check {
  return version === undefined
    ? { name, state: 'problem', found: 'not installed', hint }
    : { name, state: 'ok', found: version };
}

/** `needed`: bytes that a rebuild may write, with a margin. */
export function spaceCheck(name: string, folder: string, free: number, needed: number): Check {
  const found = `${megabytes(free)} free in ${folder}`;
  if (free >= Math.max(needed, leastFreeBytes)) return { name, state: 'ok', found };
  const isFull = free < leastFreeBytes;
  return {
    name,
    state: isFull ? 'problem' : 'warning',
    found: isFull ? found : `${found}; the largest image takes ${megabytes(needed)}`,
    hint:
      name === 'engine disk'
        ? 'See `docker system df`. `docker builder prune` and `docker image prune` (without -a) remove nothing that rebuilds need.'
        : 'Free some space, or set TMPDIR to a folder with more room.',
  };
}

export function usageCheck({ images, containers, volumes, buildCache }: DiskUsage): Check {
  const found = `images ${megabytes(images)}, containers ${megabytes(containers)}, volumes ${megabytes(volumes)}, build cache ${megabytes(buildCache)}`;
  return { name: 'engine usage', state: 'ok', found };
}

export function releaseCheck({ manifest, recipes }: RebuildableRelease): Check {
  const services = recipes.flatMap((recipe) => recipe.services);
  const found = `${manifest.product} ${manifest.version}, which can rebuild ${services.join(', ')}`;
  return { name: 'release', state: 'ok', found };
}

/** Checks whether this engine finds everything captured by another one. */
export function capturedOnCheck(
  { engine, store, recipes }: Pick<RebuildableRelease, 'engine' | 'store' | 'recipes'>,
  info: Pick<EngineInfo, 'version' | 'store'>,
): Check {
  const name = 'captured on';
  const captured = `Docker ${engine}${store === undefined ? '' : `, ${store} image store`}`;
  const isSame = majorRelease(engine) === majorRelease(info.version);
  const steps = recipes.flatMap((recipe) =>
    recipe.steps
      .filter((step) => {
        const { portable } = recipe;
        return foreignCause(step, { engine, store, portable }, info) !== undefined;
      })
      .map(({ line }) => `${recipe.services.join(', ')} line ${line}`),
  );
  const found = isSame ? captured : `${captured}, and this is ${info.version}`;
  if (steps.length === 0) return { name, state: 'ok', found };
  return {
    name,
    state: 'warning',
    found: `${found}: this engine does not find the cache of ${steps.join('; ')}`,
    hint: `Export on an engine of release ${majorRelease(info.version)} with the ${info.store} image store.`,
  };
}

export function imagesCheck(missing: readonly BundleImage[], total: number): Check {
  const name = 'base and cache images';
  if (missing.length === 0) return { name, state: 'ok', found: `${total} of ${total} present` };
  return {
    name,
    state: 'problem',
    found: `${missing.length} of ${total} are missing or different: ${missing.map(({ reference }) => reference).join(', ')}`,
    hint: 'Provide the bundle: `bundle import BUNDLE` loads them again, and so does `bundle rebuild --bundle BUNDLE`.',
  };
}

export function sourceCheck(source: CheckedSource): Check {
  const { recipe, changes, served = [], restoredModes, context } = source;
  const name = `source of ${recipe.services.join(', ')}`;
  if (changes.length > 0) {
    return {
      name,
      state: 'problem',
      found: changes
        .map(
          ({ causes, step }) =>
            `${causes.join(', ')}, so line ${step.line} (${firstLine(step.text)}) would need a network`,
        )
        .join('; '),
      hint: 'Export again on the connected machine, or undo the change. If the step needs no network, use --allow-rerun.',
    };
  }
  const modes =
    restoredModes.length === 0 ? '' : `; modes restored for the build: ${restoredModes.join(', ')}`;
  if (served.length === 0)
    return { name, state: 'ok', found: `dependencies as at the export, in ${context}${modes}` };
  const lines = served.map(
    ({ instruction: { line, text } }) => `line ${line} (${firstLine(text)})`,
  );
  const found = `carried packages serve ${lines.join(', ')}, in ${context}${modes}`;
  return { name, state: 'ok', found };
}

/** Reports images replaced by earlier rebuilds; they are kept until somebody removes them. */
/** Counts the images that rebuilds of `images` replaced. */
export function previousCheck(names: readonly string[], images: readonly string[]): Check {
  const previous = names.filter((one) => images.some((image) => isPreviousName(one, image))).sort();
  const name = 'previous images';
  if (previous.length === 0) return { name, state: 'ok', found: 'none' };
  return {
    name,
    state: 'ok',
    found: `${previous.length}, kept for undoing`,
    hint: `To remove the oldest: docker image rm ${previous[0]}`,
  };
}
