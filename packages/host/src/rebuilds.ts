import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '@bundle/engine';
import { ioError, replaceFile } from '@bundle/files';
import { z } from 'zod';
import { localName } from './derived-names.ts';
import { pinnedName } from './pins.ts';
import type { Release } from './release.ts';
import { isSameImage } from './same-image.ts';
import { readStateJson } from './state-json.ts';

/** File in a release's folder, beside the bundle's own files, that records the rebuilds of the release on this host. */
const fileName = 'rebuilds.json';

const resultSchema = z.object({
  imageId: z.string(),
  /** Digest of the source of the build. */
  source: z.string(),
  /** The replaced image, and the name under which it stays; null where there was no image. */
  previous: z.object({ name: z.string(), imageId: z.string() }).nullable(),
});
export type RebuildResult = z.output<typeof resultSchema>;

const rebuildSchema = z.object({
  /** Name of the image in the release, which is given to the result of a rebuild. */
  reference: z.string(),
  services: z.array(z.string()),
  /** Oldest first; the last one holds the name. */
  results: z.array(resultSchema).min(1),
});
/** An image of a release with its rebuilds on this host. */
export type Rebuild = z.output<typeof rebuildSchema>;

const fileSchema = z.object({ schemaVersion: z.literal(1), images: z.array(rebuildSchema) });

type Place = Pick<Release, 'folder'>;

export async function readRebuilds({ folder }: Place): Promise<Rebuild[]> {
  const path = join(folder, fileName);
  const read = await readStateJson(path, fileSchema, {
    code: 'manifest-invalid',
    operation: 'reading the rebuilds of a release',
    expected: 'a list of rebuilds as the command writes it',
    hint: 'Move the file away: `bundle up` then runs the images of the release.',
  });
  return read?.images ?? [];
}

export async function writeRebuilds({ folder }: Place, images: readonly Rebuild[]): Promise<void> {
  const path = join(folder, fileName);
  try {
    if (images.length === 0) return await rm(path, { force: true });
    const text = `${JSON.stringify({ schemaVersion: 1, images }, undefined, 2)}\n`;
    await replaceFile(path, text, 0o600);
  } catch (error) {
    throw ioError(error, 'writing the state folder', path, 'state-unwritable');
  }
}

/** The image that a service runs instead of the release’s. */
export interface RebuiltService {
  readonly reference: string;
  readonly imageId: string;
  /** IDs of all results of its rebuilds, and of the images that those replaced. */
  readonly earlier: ReadonlySet<string>;
}

/**
 * Finds the rebuilt images that the services of a release run. An image does not count if the engine no longer has
 * it, or if the release’s own image has the name again, as after another import of its bundle.
 */
export async function rebuiltServices(
  engine: Engine,
  release: Release,
): Promise<Map<string, RebuiltService>> {
  const found = new Map<string, RebuiltService>();
  for (const { reference, services, results } of await readRebuilds(release)) {
    const newest = results.at(-1);
    const own = release.manifest.images.find((image) => image.reference === reference);
    if (newest === undefined || own === undefined) continue;
    if (isSameImage(own, await engine.inspectImage(reference))) continue;
    const { imageId } = newest;
    if ((await engine.inspectImage(localName(reference, imageId)))?.id !== imageId) continue;
    const earlier = new Set(
      results.flatMap((one) => [
        one.imageId,
        ...(one.previous === null ? [] : [one.previous.imageId]),
      ]),
    );
    for (const service of services) found.set(service, { reference, imageId, earlier });
  }
  return found;
}

/** Gives the release's own images their names back and forgets the rebuilds. The images have to be pinned. */
export async function forgetRebuilds(engine: Engine, release: Release): Promise<void> {
  for (const { reference } of await readRebuilds(release)) {
    const own = release.manifest.images.find((image) => image.reference === reference);
    if (own !== undefined) await engine.tagImage(pinnedName(own), reference);
  }
  await writeRebuilds(release, []);
}
