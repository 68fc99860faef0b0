import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Engine } from '@bundle/engine';
import { digestSchema } from '@bundle/format';
import { z } from 'zod';
import type { Release } from './release.ts';
import type { Instance } from './state-folder.ts';

/** Says on the engine which images a release needs, since other state folders, of other users or hosts, work on it too. */
const noteSchema = z.looseObject({
  /** Host and absolute path of the state folder. */
  host: z.string(),
  stateDir: z.string(),
  instance: z.string(),
  /** Name of the release: `VERSION-DIGEST12`. */
  release: z.string(),
  images: z.array(
    z.object({
      reference: z.string(),
      imageId: digestSchema,
      /** Absent in notes of earlier commands. */
      topDigest: digestSchema.optional(),
    }),
  ),
  /** References that the engine did not have until a bundle was imported. */
  created: z.array(z.string()),
});
export type ImageNote = z.output<typeof noteSchema> & { readonly name: string };

type NotedRelease = Pick<Release, 'instance' | 'name'> & {
  readonly manifest: Pick<Release['manifest'], 'images'>;
};

/** Reads which images the releases of all state folders need. What only looks like a note is left out. */
export async function readImageNotes(engine: Engine): Promise<ImageNote[]> {
  return (await engine.listNotes()).flatMap(({ name, text }) => {
    const note = noteSchema.safeParse(parseJson(text));
    return note.success ? [{ ...note.data, name }] : [];
  });
}

/**
 * Leaves a note of the images of a release, before these are loaded. What an earlier import has created, of whichever state
 * folder, is created by this one too: the last release that needs an image may remove it.
 */
export async function noteImages(engine: Engine, release: NotedRelease): Promise<void> {
  const { images } = release.manifest;
  const notes = await readImageNotes(engine);
  const known = new Set(notes.flatMap((note) => note.created));
  const created: string[] = [];
  for (const { reference } of images) {
    const isNew = known.has(reference) || (await engine.inspectImage(reference)) === undefined;
    if (isNew) created.push(reference);
  }
  const named = images.map(({ reference, imageId, topDigest }) => ({
    ...{ reference, imageId, topDigest },
  }));
  const note = { ...placeOf(release), images: named, created };
  await engine.writeNote({ name: nameOf(release), text: JSON.stringify(note) });
}

/** Removes the notes of an instance; of the releases that are named, or of all. */
export async function forgetImages(
  engine: Engine,
  { name, stateDir }: Instance,
  releases?: readonly string[],
): Promise<void> {
  for (const note of await readImageNotes(engine)) {
    if (!isOf(note, stateDir) || note.instance !== name) continue;
    if (releases?.includes(note.release) ?? true) await engine.removeNote(note.name);
  }
}

/** Tells whether a note was left from this host; engines can be shared by several. */
export function isOfThisHost({ host }: Pick<ImageNote, 'host'>): boolean {
  return host === hostname();
}

/** Tells whether a note is of a state folder on this host. */
export function isOf({ host, stateDir }: Pick<ImageNote, 'host' | 'stateDir'>, folder: string) {
  return host === hostname() && stateDir === folder;
}

/** Describes whose note it is: the application, and where its state folder is. */
export function noteOwner({ instance, host, stateDir }: ImageNote): string {
  return `${instance} in ${stateDir}${host === hostname() ? '' : ` on ${host}`}`;
}

function placeOf({ instance, name }: NotedRelease) {
  const { stateDir } = instance;
  return { host: hostname(), stateDir, instance: instance.name, release: name };
}

function nameOf(release: NotedRelease): string {
  const digest = createHash('sha256')
    .update(JSON.stringify(placeOf(release)))
    .digest('hex');
  return `bundle-note-${release.instance.name}-${digest.slice(0, 12)}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
