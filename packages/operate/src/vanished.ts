import type { Engine } from '@bundle/engine';
import { isThere } from '@bundle/files';
import { BundleError } from '@bundle/format';
import { type ImageNote, instanceOf, isOfThisHost, pinnedName, readImageNotes } from '@bundle/host';
import { removeStill } from './remove.ts';
import type { KeptName } from './removed-images.ts';

/** Instances whose folder no longer exists on this host, and the images that only they keep on the engine. */
export interface VanishedPlan {
  /** State folders and instances, as they were. */
  readonly instances: readonly { readonly name: string; readonly stateDir: string }[];
  readonly images: readonly string[];
  readonly kept: readonly KeptName[];
}

export interface VanishedReport extends VanishedPlan {
  readonly outcome: 'removed' | 'nothing to do' | 'previewed' | 'declined';
}

/** Finds what is left on an engine of instances whose folder was deleted without `bundle uninstall`. */
export async function findVanished(engine: Engine): Promise<VanishedPlan> {
  const { gone, others } = await sorted(engine);
  const needed = new Set(others.flatMap(({ images }) => images.map(({ imageId }) => imageId)));
  const created = new Set(gone.flatMap((note) => note.created));
  const { containers } = await engine.takenNames();
  const images: string[] = [];
  const kept: KeptName[] = [];
  for (const image of gone.flatMap((note) => note.images)) {
    if (needed.has(image.imageId)) continue;
    const pinned = await engine.inspectImage(pinnedName(image));
    const named = await engine.inspectImage(image.reference);
    const ids = [image.imageId, image.topDigest, pinned?.id];
    const isSame = named !== undefined && ids.includes(named.id);
    const names = [
      ...(pinned === undefined ? [] : [{ name: pinnedName(image), id: pinned.id }]),
      ...(isSame ? [{ name: image.reference, id: named.id }] : []),
    ];
    for (const { name, id } of names) {
      const user = containers.find(({ imageId }) => imageId === id);
      if (user !== undefined) kept.push({ image: name, why: `the container ${user.name} uses it` });
      else if (name === image.reference && !created.has(name))
        kept.push({ image: name, why: 'it did not come with an import' });
      else images.push(name);
    }
  }
  const instances = new Map(
    gone.map(({ instance, stateDir }) => [`${stateDir} ${instance}`, { name: instance, stateDir }]),
  );
  return { instances: [...instances.values()], images: [...new Set(images)].sort(), kept };
}

/** Removes what `findVanished` finds, after `confirm` agreed to it. */
export async function pruneVanished(
  engine: Engine,
  dryRun: boolean,
  confirm: (plan: VanishedPlan) => Promise<boolean>,
): Promise<VanishedReport> {
  const plan = await findVanished(engine);
  if (plan.instances.length === 0) return { outcome: 'nothing to do', ...plan };
  if (dryRun) return { outcome: 'previewed', ...plan };
  if (!(await confirm(plan))) return { outcome: 'declined', ...plan };
  // A folder may be back meanwhile, such as one of a disk that was not mounted.
  const { gone } = await sorted(engine);
  const left = await removeStill(engine, plan, () => findVanished(engine));
  for (const { name } of gone) await engine.removeNote(name);
  return { outcome: 'removed', ...plan, ...left };
}

/** Sorts the notes on an engine by whether the folder of their instance still exists. */
async function sorted(engine: Engine): Promise<{ gone: ImageNote[]; others: ImageNote[] }> {
  const gone: ImageNote[] = [];
  const others: ImageNote[] = [];
  for (const note of await readImageNotes(engine))
    (isOfThisHost(note) && !(await mayExist(note)) ? gone : others).push(note);
  return { gone, others };
}

/** A folder that this user may not look at counts as one that exists. */
async function mayExist({ stateDir, instance }: ImageNote): Promise<boolean> {
  try {
    return await isThere(instanceOf(stateDir, instance).root);
  } catch (error) {
    if (error instanceof BundleError && error.code === 'input-unreadable') return true;
    throw error;
  }
}
