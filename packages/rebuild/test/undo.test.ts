import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '@bundle/engine';
import { readRebuilds } from '@bundle/host';
import {
  imageArchive,
  layerOf,
  loadImage,
  MemoryWorld,
  memoryTools,
  sampleManifest,
} from '@bundle/testkit';
import { recordRebuild, undoRebuilds } from '../src/record.ts';

const reference = 'shop/api:1';
const previousName = `${reference}-before-20260101T000000Z`;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'undo-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Makes an engine with an image that a rebuild replaced, as `bundle rebuild` leaves it. */
async function rebuilt() {
  const { engine } = memoryTools(new MemoryWorld());
  const load = async (name: string, text: string): Promise<string> => {
    const image = imageArchive(name, [layerOf(text)]);
    await loadImage(engine, image);
    return image.configDigest;
  };
  const before = await load(previousName, 'before');
  const after = await load(reference, 'after');
  const release = { folder, manifest: sampleManifest() };
  const previous = { name: previousName, imageId: before };
  const result = { imageId: after, source: 'x', previous };
  await recordRebuild(engine, release, { reference, services: ['api'] }, result);
  return { engine, release, before };
}

/** The engine of a process that is killed right after its `last` change. */
function killedAfter(engine: Engine, last: number): Engine {
  let changes = 0;
  const counted = async (change: Promise<void>): Promise<void> => {
    await change;
    changes += 1;
    if (changes === last) throw new Error('killed');
  };
  return {
    ...engine,
    tagImage: (from, to) => counted(engine.tagImage(from, to)),
    untagImage: (name) => counted(engine.untagImage(name)),
  };
}

test('undo gives the image before the rebuild its name back, and forgets the rebuild', async () => {
  const { engine, release, before } = await rebuilt();
  const [undone] = await undoRebuilds(engine, release, ['api']);
  expect(undone).toEqual({ services: ['api'], image: reference, imageId: before });
  expect((await engine.inspectImage(reference))?.id).toBe(before);
  expect(await readRebuilds(release)).toEqual([]);
});

test('undo a second time finds nothing to undo', async () => {
  const { engine, release } = await rebuilt();
  await undoRebuilds(engine, release, []);
  await expect(undoRebuilds(engine, release, [])).rejects.toThrow('found none');
});

test.each([1, 2, 3])('an undo killed after its change %i is finished by the next', async (last) => {
  const { engine, release, before } = await rebuilt();
  await expect(undoRebuilds(killedAfter(engine, last), release, [])).rejects.toThrow('killed');
  // After the record is gone, the undo is done; only names are left over.
  if ((await readRebuilds(release)).length > 0) await undoRebuilds(engine, release, ['api']);
  expect((await engine.inspectImage(reference))?.id).toBe(before);
  expect(await readRebuilds(release)).toEqual([]);
});

test('an image that somebody put there since is left alone', async () => {
  const { engine, release } = await rebuilt();
  const other = imageArchive(reference, [layerOf('by hand')]);
  await loadImage(engine, other);
  await expect(undoRebuilds(engine, release, [])).rejects.toThrow(other.configDigest);
  expect((await engine.inspectImage(reference))?.id).toBe(other.configDigest);
});
