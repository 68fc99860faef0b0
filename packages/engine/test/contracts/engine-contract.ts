import { FramePool, packTar } from '@bundle/archive';
import type { Digest } from '@bundle/format';
import { imageArchive, layerOf } from '@bundle/testkit';
import type { Engine } from '../../src/engine.ts';
import { readImages } from '../read-layers.ts';

const never = new AbortController().signal;

/** Tests what every adapter of a container engine does. `clean` removes the images of earlier runs. */
export function testEngine(
  open: () => Promise<Engine>,
  clean: () => Promise<unknown>,
  { isHere }: { readonly isHere: boolean },
): void {
  let engine: Engine;
  const one = imageArchive('contract/one:1', ['base', 'one'].map(layerOf));
  const two = imageArchive('contract/two:1', ['base', 'two'].map(layerOf));

  beforeAll(async () => {
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
  });

  test('describes itself', async () => {
    const info = await engine.info();
    expect(info.platform).toEqual({ os: 'linux', architecture: expect.any(String) });
    expect(info.readsZstd).toBe(true);
  });

  test('shows a loaded image with its layers', async () => {
    const image = await engine.inspectImage('contract/one:1');
    expect(image?.diffIds).toEqual(one.diffIds);
    expect([one.configDigest, one.manifestDigest]).toContain(image?.id);
    expect(image?.references).toEqual(['contract/one:1']);
  });

  test('does not find an image that it does not have', async () => {
    expect(await engine.inspectImage('contract/absent:1')).toBeUndefined();
  });

  test('lists its images', async () => {
    const references = (await engine.listImages()).flatMap((image) => image.references);
    expect(references).toEqual(expect.arrayContaining(['contract/one:1', 'contract/two:1']));
  });

  test('lists the names of its images, with the IDs that it shows for them', async () => {
    const names = await engine.listNames();
    for (const name of ['contract/one:1', 'contract/two:1']) {
      const id = (await engine.inspectImage(name))?.id;
      expect(names.filter((one) => one.name === name)).toEqual([{ name, id }]);
    }
    expect(names.map(({ name }) => name)).not.toContain('<none>:<none>');
  });

  const references = ['contract/one:1', 'contract/two:1'];

  test('reads the layers of two images, a shared one once, and their documents', async () => {
    const { layers, named, bytes, blobs, configs } = await readImages(engine, references, never);
    expect(layers.toSorted()).toEqual([...new Set([...one.diffIds, ...two.diffIds])].sort());
    // The source declares their digests, or none at all.
    expect([layers, layers.map(() => undefined)]).toContainEqual(named);
    for (const [reference, { configDigest }] of [
      ['contract/one:1', one],
      ['contract/two:1', two],
    ] as const) {
      expect(blobs.has(configDigest)).toBe(true);
      // If the ID is not the digest of a document, the source has to give the config.
      const id = (await engine.inspectImage(reference))?.id;
      if (id === undefined || !blobs.has(id)) expect(configs.get(reference)).toBe(configDigest);
    }
    expect(bytes).toBeGreaterThan(0);
  });

  test('skips layers that are not read, and can be closed midway', async () => {
    const pool = new FramePool();
    const digests = async (take: number) => {
      const reading = await engine.openImages(references, undefined, never);
      const found: (Digest | undefined)[] = [];
      for await (const { digest } of reading.layers({ pool, onBytes: () => undefined })) {
        found.push(digest);
        if (found.length === take) break;
      }
      reading.close();
      return found;
    };
    const all = await digests(99);
    expect(all).toHaveLength(3);
    expect(await digests(1)).toEqual(all.slice(0, 1));
    const unread = await engine.openImages(references, undefined, never);
    unread.close();
  });

  test('gives an image a second name, and removes it again without losing the image', async () => {
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

  test('takes a name with an IPv6 address, or says that it does not', async () => {
    const name = '[fd00::1]:5000/contract/one:1';
    const { refusesIpv6Names } = await engine.info();
    const tagged = engine.tagImage('contract/one:1', name);
    if (refusesIpv6Names) {
      await expect(tagged).rejects.toMatchObject({ code: 'engine-failed' });
      expect(await engine.inspectImage(name)).toBeUndefined();
      return;
    }
    await tagged;
    expect(await engine.inspectImage(name)).toMatchObject({ diffIds: one.diffIds });
    await engine.untagImage(name);
  });

  test('reports how much space its images take, and where', async () => {
    const { folder, images } = await engine.diskUsage();
    expect(images).toBeGreaterThan(0);
    expect(folder ?? '').toMatch(isHere ? /^\// : /^$/);
  });

  test('reports no names in use for images alone', async () => {
    const { containers, networks, volumes } = await engine.takenNames();
    const names = [...containers, ...networks, ...volumes].map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('contract'))).toEqual([]);
  });

  test('keeps a note until it is removed, if it keeps notes at all', async () => {
    const noted = async () =>
      (await engine.listNotes()).filter(({ name }) => name === 'contract-note');
    await engine.writeNote({ name: 'contract-note', text: 'one' });
    await engine.writeNote({ name: 'contract-note', text: '{"two": "“2”"}' });
    const kept = await noted();
    const { store } = await engine.info();
    expect(kept).toEqual(
      store === 'oci-layout' ? [] : [{ name: 'contract-note', text: '{"two": "“2”"}' }],
    );
    await engine.removeNote('contract-note');
    await engine.removeNote('contract-note');
    expect(await noted()).toEqual([]);
  });

  test('refuses a truncated archive', async () => {
    const cut = one.archive.slice(0, -1).map((entry) => ({ ...entry, size: entry.size + 1 }));
    const load = engine.loadImages(
      packTar(cut, () => undefined),
      never,
    );
    await expect(load).rejects.toThrow();
  });
}
