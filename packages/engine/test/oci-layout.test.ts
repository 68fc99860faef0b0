import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type PackEntry, packTar } from '@bundle/archive';
import { ownMark } from '@bundle/files';
import { BundleError, type Digest, digestOf, hexOf, mediaTypes } from '@bundle/format';
import { imageArchive, layerOf, makeLayout, snapshot } from '@bundle/testkit';
import { readMessages } from '../src/docker/messages.ts';
import { createLayoutEngine } from '../src/oci-layout/engine.ts';

// Other tools write into a layout folder too, so it may contain anything.

const never = new AbortController().signal;
const image = { reference: 'layout/app:1', layers: [{ text: 'base' }, { text: 'app' }] };
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layout-'));
  await makeLayout(folder, [image]);
});
afterEach(() => rm(folder, { recursive: true }));

const blobFile = (digest: Digest): string => join(folder, 'blobs/sha256', hexOf(digest));
async function put(document: unknown): Promise<{ digest: Digest; size: number }> {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  await writeFile(blobFile(digestOf(text)), text);
  return { digest: digestOf(text), size: Buffer.byteLength(text) };
}

/** Adds a manifest to the index, under a name. */
async function add(name: string, manifest: unknown, mediaType: string = mediaTypes.imageManifest) {
  const index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'));
  const annotations = { 'io.containerd.image.name': `docker.io/${name}` };
  index.manifests.push({ mediaType, ...(await put(manifest)), annotations });
  await writeFile(join(folder, 'index.json'), JSON.stringify(index));
}

async function manifestOf(config: unknown, type: string = mediaTypes.imageConfig) {
  const described = { mediaType: type, ...(await put(config)) };
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.imageManifest,
    config: described,
    layers: [{ mediaType: mediaTypes.layerTar, ...(await put('a layer')) }],
  };
}

const platform = { os: 'linux', architecture: 'amd64' };
const references = async (): Promise<unknown> =>
  (await createLayoutEngine(folder).listImages()).flatMap((one) => one.references);

test.each<[string, () => Promise<void>]>([
  [
    'an artifact',
    async () => add('layout/odd:1', await manifestOf({}, 'application/vnd.oci.empty.v1+json')),
  ],
  [
    'an image whose config is not one',
    async () =>
      add(
        'layout/odd:1',
        await manifestOf({ ...platform, rootfs: { type: 'layers', diff_ids: 'x' } }),
      ),
  ],
  ['a manifest that is not one', async () => add('layout/odd:1', { schemaVersion: 2 })],
  ['a document that is not JSON', async () => add('layout/odd:1', '{"schemaVersion": 2,')],
])('a layout with %s still lists its images, and does not count it as one', async (_, spoil) => {
  await spoil();
  expect(await references()).toEqual([image.reference]);
  const engine = createLayoutEngine(folder);
  expect(await engine.inspectImage('layout/odd:1')).toBeUndefined();
  await expect(engine.openImages(['layout/odd:1'], undefined, never)).rejects.toMatchObject({
    code: 'image-not-found',
  });
});

test('a half-copied image is not listed, and is reported when requested', async () => {
  const manifest = await manifestOf({ ...platform, rootfs: { type: 'layers', diff_ids: [] } });
  await add('layout/half:1', manifest);
  await rm(blobFile(manifest.config.digest));
  expect(await references()).toEqual([image.reference]);
  const inspected = createLayoutEngine(folder).inspectImage('layout/half:1');
  await expect(inspected).rejects.toMatchObject({
    code: 'engine-failed',
    details: { expected: `the blob ${manifest.config.digest}` },
  });
});

test.each(['{"schemaVersion": 2,', '{"schemaVersion": 2}'])(
  'an index.json that is %s is reported',
  async (text) => {
    await writeFile(join(folder, 'index.json'), text);
    await expect(references()).rejects.toMatchObject({
      code: 'engine-failed',
      details: { subject: join(folder, 'index.json') },
    });
  },
);

test.each([
  ['of another version', '{"imageLayoutVersion":"2.0.0"}'],
  ['not JSON', 'layout'],
  ['empty', ''],
])('a layout whose oci-layout file is %s is neither read nor changed', async (_, text) => {
  await writeFile(join(folder, 'oci-layout'), text);
  const before = await readFile(join(folder, 'index.json'), 'utf8');
  const refusal = { code: 'engine-failed', details: { subject: join(folder, 'oci-layout') } };
  await expect(references()).rejects.toMatchObject(refusal);
  const { archive } = imageArchive('layout/new:1', [layerOf('new')]);
  const loaded = createLayoutEngine(folder).loadImages(
    packTar(archive, () => undefined),
    never,
  );
  await expect(loaded).rejects.toMatchObject(refusal);
  expect(await readFile(join(folder, 'oci-layout'), 'utf8')).toBe(text);
  expect(await readFile(join(folder, 'index.json'), 'utf8')).toBe(before);
});

describe('a load that is refused leaves the layout as it was, without blobs that no image uses', () => {
  const { archive } = imageArchive('layout/new:1', [layerOf('new')]);
  test.each<[string, (entry: PackEntry) => PackEntry[]]>([
    ['a layer is missing', (entry) => (entry.size < 1000 ? [entry] : [])],
    [
      'a layer has other bytes',
      (entry) => [entry.size < 1000 ? entry : { ...entry, content: Buffer.alloc(entry.size) }],
    ],
    ['there is no index', (entry) => (entry.path === 'index.json' ? [] : [entry])],
  ])('where %s', async (_, change) => {
    const before = await snapshot(folder);
    const load = createLayoutEngine(folder).loadImages(
      packTar(archive.flatMap(change), () => undefined),
      never,
    );
    await expect(load).rejects.toBeInstanceOf(BundleError);
    expect(await snapshot(folder)).toEqual(before);
  });
});

test('what a killed load left in a layout is removed by the next one', async () => {
  const before = await readdir(folder);
  // No process of this machine started at that time.
  const mark = (await ownMark()).replace(/(?<=^\d+-)[a-z0-9]+/, '1');
  await mkdir(join(folder, `.load-4.partial-${mark}/blobs`), { recursive: true });
  const { archive } = imageArchive('layout/new:1', [layerOf('new')]);
  await createLayoutEngine(folder).loadImages(
    packTar(archive, () => undefined),
    never,
  );
  expect(await readdir(folder)).toEqual(before);
});

test('an archive without a layer that the layout lacks too is refused as incomplete, and leaves no image', async () => {
  const { archive } = imageArchive('layout/new:1', [layerOf('new')]);
  const documents = archive.filter(({ size }) => size < 1000);
  expect(documents.length).toBe(archive.length - 1);
  const engine = createLayoutEngine(folder);
  const load = engine.loadImages(
    packTar(documents, () => undefined),
    never,
  );
  await expect(load).rejects.toMatchObject({ code: 'load-mismatch' });
  expect(await references()).toEqual([image.reference]);
});

describe('an archive that does not hold an image', () => {
  const { archive } = imageArchive('layout/new:1', [layerOf('new')]);
  const replaced = (change: (entry: PackEntry) => string | undefined): PackEntry[] =>
    archive.map((entry) => {
      const text = change(entry);
      if (text === undefined) return entry;
      return { ...entry, size: Buffer.byteLength(text), content: Buffer.from(text) };
    });
  /** Consistent in itself: every blob matches its digest and size. */
  const withConfig = (config: unknown): PackEntry[] => {
    const described = (mediaType: string, document: unknown) => {
      const content = Buffer.from(JSON.stringify(document));
      const digest = digestOf(content);
      const entry = { path: `blobs/sha256/${hexOf(digest)}`, size: content.length, content };
      return { entry, descriptor: { mediaType, digest, size: content.length } };
    };
    const blob = described(mediaTypes.imageConfig, config);
    const schemaVersion = 2;
    const manifest = { schemaVersion, mediaType: mediaTypes.imageManifest, layers: [] };
    const top = described(mediaTypes.imageManifest, { ...manifest, config: blob.descriptor });
    const annotations = { 'io.containerd.image.name': 'docker.io/layout/new:1' };
    const manifests = [{ ...top.descriptor, annotations }];
    const index = Buffer.from(JSON.stringify({ schemaVersion, manifests }));
    const head = { path: 'index.json', size: index.length, content: index };
    return [head, blob.entry, top.entry];
  };

  test('is loaded if it does hold an image', async () => {
    const engine = createLayoutEngine(folder);
    const whole = { ...platform, rootfs: { type: 'layers', diff_ids: [] } };
    await engine.loadImages(
      packTar(withConfig(whole), () => undefined),
      never,
    );
    expect(await engine.inspectImage('layout/new:1')).toMatchObject({ diffIds: [] });
  });

  test.each<[string, () => PackEntry[]]>([
    [
      'a config with `diff_ids: "x"`',
      () => withConfig({ ...platform, rootfs: { type: 'layers', diff_ids: 'x' } }),
    ],
    [
      'an index that is not JSON',
      () => replaced(({ path }) => (path === 'index.json' ? '{' : undefined)),
    ],
    [
      'an index of another kind',
      () => replaced(({ path }) => (path === 'index.json' ? '{}' : undefined)),
    ],
  ])('%s is refused, and the layout stays unchanged', async (_, entries) => {
    const engine = createLayoutEngine(folder);
    const load = engine.loadImages(
      packTar(entries(), () => undefined),
      never,
    );
    await expect(load).rejects.toMatchObject({ code: 'engine-failed' });
    expect(await references()).toEqual([image.reference]);
    expect(await engine.inspectImage('layout/new:1')).toBeUndefined();
  });
});

test.each(['<html>proxy</html>', '{"status": 1}', '{"status"'])(
  'the answer %s is quoted as not understood',
  async (line) => {
    const read = readMessages(Readable.from([`{"status":"ok"}\n${line}\n`]), () => undefined);
    await expect(read).rejects.toMatchObject({
      code: 'engine-failed',
      details: { found: expect.stringContaining(line) },
    });
  },
);
