import type { Engine } from '@bundle/engine';
import { BundleError, reasonOf } from '@bundle/format';

/** The image that a rebuild replaces, and the names that it has meanwhile. */
export interface KeptImage {
  /** The name that the result takes over. */
  readonly tag: string;
  /** Name under which the image of before stays. */
  readonly previous: string;
  /** Absent where nothing had the name. */
  readonly id?: string | undefined;
}

/** Takes the second name of the image away after a build that changed nothing. */
export async function dropPrevious(engine: Engine, { previous }: KeptImage): Promise<void> {
  await renamed(
    () => engine.untagImage(previous),
    async () => (await engine.inspectImage(previous)) === undefined,
  );
}

/**
 * Puts the name back after a build that failed: with a full disk, or a Ctrl-C at the end, the engine may have given it to
 * the result already. Returns the error of the build, which also says so where that failed.
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
      hint: `${error.details.hint ?? ''} The names of the image could not be put back (${reasonOf(second)}): see docker images; where ${previous} is there, docker tag ${previous} ${tag} does so.`.trim(),
      cause: error,
    });
  }
}

/** With a full disk an engine does what it is asked, and fails since it cannot write that down: its answer now counts. */
async function renamed(change: () => Promise<void>, isDone: () => Promise<boolean>): Promise<void> {
  try {
    await change();
  } catch (error) {
    if (!(await isDone())) throw error;
  }
}
