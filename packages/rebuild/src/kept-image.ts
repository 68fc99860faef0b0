import type { Engine, EngineImage } from '@bundle/engine';
import { BundleError, reasonOf } from '@bundle/format';
import { isPreviousName, type Rebuild, type RebuildResult } from '@bundle/host';

/** The image that a rebuild replaces, and its names during the build. */
export interface KeptImage {
  /** The name that the result gets. */
  readonly tag: string;
  /** Name under which the previous image stays. */
  readonly previous: string;
  /** Absent where no image had the name. */
  readonly id?: string | undefined;
}

/** Removes the second name of the image after a build that changed nothing. */
export async function dropPrevious(engine: Engine, { previous }: KeptImage): Promise<void> {
  await renamed(
    () => engine.untagImage(previous),
    async () => (await engine.inspectImage(previous)) === undefined,
  );
}

/**
 * Restores the name after a failed build: with a full disk, or a Ctrl-C at the end, the engine may already have
 * given it to the result. Returns the error of the build, extended if restoring failed.
 */
export async function putBack(engine: Engine, kept: KeptImage, error: unknown): Promise<unknown> {
  const { tag, previous, id } = kept;
  const hasItsName = async () => (await engine.inspectImage(tag))?.id === id;
  try {
    if (!(await hasItsName())) {
      const change = () =>
        id === undefined ? engine.untagImage(tag) : engine.tagImage(previous, tag);
      await renamed(change, hasItsName);
    }
    await dropPrevious(engine, kept);
    return error;
  } catch (second) {
    if (!(error instanceof BundleError)) return error;
    return new BundleError(error.code, {
      ...error.details,
      hint: `${error.details.hint ?? ''} The names of the image could not be restored (${reasonOf(second)}): see docker images; if ${previous} exists, docker tag ${previous} ${tag} restores it.`.trim(),
      cause: error,
    });
  }
}

/**
 * Finds the image that a rebuild replaced with this one and died before it could record that; null where there was none.
 * The newest name that no record has is its.
 */
export async function replacedUnrecorded(
  engine: Engine,
  { id }: EngineImage,
  tag: string,
  rebuild: Rebuild | undefined,
): Promise<RebuildResult['previous']> {
  const results = rebuild?.results ?? [];
  if (results.some(({ imageId }) => imageId === id)) return null;
  const recorded = new Set(results.flatMap(({ previous }) => previous?.name ?? []));
  const names = (await engine.listNames())
    .filter((one) => one.id !== id && isPreviousName(one.name, tag) && !recorded.has(one.name))
    .map((one) => ({ name: one.name, imageId: one.id }));
  return names.sort((a, b) => (a.name < b.name ? -1 : 1)).at(-1) ?? null;
}

/** Asks the engine again: with a full disk it may do the work and then fail to record it. */
async function renamed(change: () => Promise<void>, isDone: () => Promise<boolean>): Promise<void> {
  try {
    await change();
  } catch (error) {
    if (!(await isDone())) throw error;
  }
}
