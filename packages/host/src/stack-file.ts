import { rm } from 'node:fs/promises';
import { isThere, replaceFile } from '@bundle/files';
import { z } from 'zod';
import { listInstances } from './instance.ts';
import { stateError } from './state-error.ts';
import { type Instance, placesOf } from './state-folder.ts';
import { readStateJson } from './state-json.ts';

const schema = z.object({
  schemaVersion: z.literal(1),
  /** The references that the nodes know, by release and by the reference in the bundle. */
  releases: z.record(z.string(), z.record(z.string(), z.string())),
});

/** References of images on the nodes, by the reference in the bundle. */
export type NodeImages = Readonly<Record<string, string>>;

type Placed = Pick<Instance, 'root'>;

/** Tells whether an instance runs as a stack of a swarm, and not as a Compose project. */
export function isStack(instance: Placed): Promise<boolean> {
  return isThere(placesOf(instance).stack);
}

/** Tells whether any instance of a state folder runs as a stack. */
export async function hasStacks(stateDir: string): Promise<boolean> {
  return (await Promise.all((await listInstances(stateDir)).map(isStack))).includes(true);
}

/** Reads where the nodes find the images of each release; undefined for an instance that is not a stack. */
export async function readStackFile(
  instance: Placed,
): Promise<ReadonlyMap<string, NodeImages> | undefined> {
  const read = await readStateJson(placesOf(instance).stack, schema, {
    code: 'manifest-invalid',
    operation: 'reading the images of the stack',
    expected: 'a list of images as the command writes it',
    hint: 'Delete the file and run `bundle deploy swarm` again.',
  });
  return read && new Map(Object.entries(read.releases));
}

/** Notes that an instance is a stack, and where the nodes find the images of a release. */
export async function noteStackImages(
  instance: Placed,
  release: string,
  images: NodeImages,
): Promise<void> {
  const releases = new Map(await readStackFile(instance)).set(release, images);
  const document = { schemaVersion: 1, releases: Object.fromEntries(releases) };
  const path = placesOf(instance).stack;
  try {
    await replaceFile(path, `${JSON.stringify(document, undefined, 2)}\n`, 0o600);
  } catch (error) {
    throw stateError(error, path);
  }
}

/** Makes an instance one that does not run as a stack, because nothing of it runs. */
export async function forgetStack(instance: Placed): Promise<void> {
  const path = placesOf(instance).stack;
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw stateError(error, path);
  }
}
