import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packTar } from '@bundle/archive';
import { imageArchive, layerOf } from '@bundle/testkit';
import type { Engine } from '../../src/engine.ts';
import { createLayoutEngine } from '../../src/oci-layout/engine.ts';

const never = new AbortController().signal;

/** What every adapter of a container engine does. `clean` takes the images of earlier runs away. */
export function testEngine(
  open: () => Promise<Engine>,
  clean: () => Promise<unknown>,
  { isHere }: { readonly isHere: boolean },
): void {
  let work: string;
  let engine: Engine;
  const one = imageArchive('contract/one:1', ['base', 'one'].map(layerOf));
  const two = imageArchive('contract/two:1', ['base', 'two'].map(layerOf));

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'contract-'));
    engine = await open();
    await clean();
    await engine.loadImages(
      packTar(one.archive, () => undefined),
      never,
    );
    await engine.loadImages(
      packTar(two.archive, () => undefined),
      never,
    );
  });
  afterAll(async () => {
    await clean();
    await rm(work, { recursive: true, force: true });
  });

  test('says what it is', async () => {
    const info = await engine.info();
    expect(info.platform).toEqual({ os: 'linux', architecture: expect.any(String) });
    expect(info.readsZstd).toBe(true);
  });

  test('shows an image that was loaded, with its layers', async () => {
    const image = await engine.inspectImage('contract/one:1');
    expect(image?.diffIds).toEqual(one.diffIds);
    expect([one.configDigest, one.manifestDigest]).toContain(image?.id);
    expect(image?.references).toEqual(['contract/one:1']);
  });

  test('does not know an image that is not there', async () => {
    expect(await engine.inspectImage('contract/absent:1')).toBeUndefined();
  });

  test('lists its images', async () => {
    const references = (await engine.listImages()).flatMap((image) => image.references);
    expect(references).toEqual(expect.arrayContaining(['contract/one:1', 'contract/two:1']));
  });

  test('saves two images in one archive that another engine loads', async () => {
    const other = createLayoutEngine(join(work, 'other'));
    const archive = await engine.saveImages(['contract/one:1', 'contract/two:1'], undefined, never);
    await other.loadImages(archive, never);
    expect((await other.inspectImage('contract/one:1'))?.diffIds).toEqual(one.diffIds);
    expect((await other.inspectImage('contract/two:1'))?.diffIds).toEqual(two.diffIds);
  });

  test('gives an image a second name, and takes it away again without losing the image', async () => {
    await engine.tagImage('contract/one:1', 'contract/one:before');
    expect(await engine.inspectImage('contract/one:before')).toMatchObject({
      diffIds: one.diffIds,
    });
    await engine.tagImage('contract/two:1', 'contract/one:before');
    expect(await engine.inspectImage('contract/one:before')).toMatchObject({
      diffIds: two.diffIds,
    });
    await engine.untagImage('contract/one:before');
    await engine.untagImage('contract/one:before');
    expect(await engine.inspectImage('contract/one:before')).toBeUndefined();
    expect(await engine.inspectImage('contract/two:1')).toMatchObject({ diffIds: two.diffIds });
    await expect(engine.tagImage('contract/absent:1', 'contract/x:1')).rejects.toMatchObject({
      code: 'image-not-found',
    });
  });

  test('tells how much its images take, and where', async () => {
    const { folder, images } = await engine.diskUsage();
    expect(images).toBeGreaterThan(0);
    expect(folder ?? '').toMatch(isHere ? /^\// : /^$/);
  });

  test('tells what is taken: nothing of the images that it was given', async () => {
    const { containers, networks, volumes } = await engine.takenNames();
    const names = [...containers, ...networks, ...volumes].map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('contract'))).toEqual([]);
  });

  test('refuses an archive that is cut short', async () => {
    const cut = one.archive.slice(0, -1).map((entry) => ({ ...entry, size: entry.size + 1 }));
    const load = engine.loadImages(
      packTar(cut, () => undefined),
      never,
    );
    await expect(load).rejects.toThrow();
  });
}
