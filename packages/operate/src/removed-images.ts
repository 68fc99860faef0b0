import type { Engine } from '@bundle/engine';
import type { BundleImage } from '@bundle/format';
import {
  derivedFrom,
  type InstanceState,
  isOf,
  isSameImage,
  listInstances,
  noteOwner,
  pinnedName,
  readImageNotes,
  readInstance,
  readRebuilds,
  runImages,
  type StagedRelease,
} from '@bundle/host';

/** A name on the engine that a removal leaves there, and why. */
export interface KeptName {
  readonly image: string;
  readonly why: string;
}

/**
 * Decides which names on the engine go with releases of an instance: those that an import has created, or that were
 * derived from one, and whose image nobody else needs. Names that another release in this state folder needs are not mentioned.
 */
export async function planImages(
  engine: Engine,
  state: InstanceState,
  gone: readonly StagedRelease[],
): Promise<{ images: string[]; kept: KeptName[] }> {
  const { stateDir, name: instance } = state;
  const others: StagedRelease[] = [];
  for (const one of await listInstances(stateDir)) {
    const { name, releases } = await readInstance(one);
    others.push(...releases.filter((release) => name !== instance || !isIn(gone, release)));
  }
  const isLast = gone.length === state.releases.length;
  const candidates = [
    ...(await namesOf(engine, gone, others)),
    ...(isLast ? await localNames(engine, gone, others) : []),
  ];
  const notes = await readImageNotes(engine);
  const own = notes.filter((note) => isOf(note, stateDir));
  const foreign = notes.filter((note) => !isOf(note, stateDir));
  const created = new Set(own.flatMap((note) => note.created));
  const { containers } = await engine.takenNames();
  const user = (id: string) =>
    containers.find(({ imageId, project }) => imageId === id && project !== instance)?.name;

  const images: string[] = [];
  const kept: KeptName[] = [];
  for (const { name, id, image, isDerived } of candidates) {
    const owner = foreign.find((note) =>
      note.images.some(({ imageId, reference }) =>
        isDerived ? reference === image.reference : imageId === image.imageId,
      ),
    );
    const container = user(id);
    const why =
      owner !== undefined
        ? `${noteOwner(owner)} needs it`
        : container !== undefined
          ? `the container ${container} uses it`
          : !isDerived && name === image.reference && !created.has(name)
            ? 'it did not come with an import'
            : undefined;
    if (why === undefined) images.push(name);
    else kept.push({ image: name, why });
  }
  return { images: [...new Set(images)].sort(), kept };
}

interface Candidate {
  readonly name: string;
  /** The engine's ID of the image that has the name. */
  readonly id: string;
  /** Image of the bundle whose name it is, or was derived from. */
  readonly image: Pick<BundleImage, 'reference' | 'imageId'>;
  /** Whether its image is not the bundle's, but was made or kept on this host. */
  readonly isDerived: boolean;
}

/** Finds the names of images of releases, as far as their images, or rebuilds of them, still have them. */
async function namesOf(
  engine: Engine,
  gone: readonly StagedRelease[],
  others: readonly StagedRelease[],
): Promise<Candidate[]> {
  const needed = new Set(
    others.flatMap(({ manifest }) => manifest.images.map(({ imageId }) => imageId)),
  );
  const shared = new Set(others.flatMap(referencesOf));
  const found = new Map<string, Candidate>();
  for (const release of gone) {
    const { manifest } = release;
    const running = new Set(runImages(manifest));
    const rebuilt = await readRebuilds(release);
    for (const image of manifest.images) {
      if (needed.has(image.imageId)) continue;
      const names = [image.reference, ...(running.has(image) ? [pinnedName(image)] : [])];
      const results = shared.has(image.reference)
        ? undefined
        : rebuilt.find(({ reference }) => reference === image.reference)?.results;
      for (const name of names) {
        // The name may be another image's by now.
        const present = await engine.inspectImage(name);
        if (present === undefined) continue;
        const isRebuilt = results?.some(({ imageId }) => imageId === present.id) ?? false;
        if (!isSameImage(image, present) && !isRebuilt) continue;
        found.set(name, { name, id: present.id, image, isDerived: false });
      }
    }
  }
  return [...found.values()];
}

/** Finds the names of images that were rebuilt, replaced by a rebuild, or put in by hand; not where another application has the same image. */
async function localNames(
  engine: Engine,
  gone: readonly StagedRelease[],
  others: readonly StagedRelease[],
): Promise<Candidate[]> {
  const shared = new Set(others.flatMap(referencesOf));
  const own = new Set(gone.flatMap(referencesOf));
  return (await engine.listNames()).flatMap(({ name, id }) => {
    const reference = derivedFrom(name);
    if (reference === undefined || !own.has(reference) || shared.has(reference)) return [];
    return [{ name, id, image: { reference, imageId: id }, isDerived: true }];
  });
}

function referencesOf({ manifest }: StagedRelease): string[] {
  return manifest.images.map((one) => one.reference);
}

function isIn(releases: readonly StagedRelease[], { name }: StagedRelease): boolean {
  return releases.some((one) => one.name === name);
}
