import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packTar, readTar } from '@bundle/archive';
import {
  bundleCommand,
  docker,
  type EngineName,
  makeLayout,
  onEngine,
  remoteEngine,
  sshAddress,
  type TestImage,
} from '@bundle/testkit';
import { bundle } from './run-bundle.ts';

// Exported from OCI image layouts and imported by the real command on engines without a network.

const image = 'incremental-test/app:1';
// Unique content, so that no engine has blobs of an earlier run.
const run = String(process.pid);
const releases: Readonly<Record<string, readonly TestImage[]>> = {
  '1': [{ reference: image, layers: [{ text: `base ${run}` }, { text: 'one' }] }],
  '2': [{ reference: image, layers: [{ text: `base ${run}` }, { text: 'two' }] }],
  '3': [
    { reference: image, layers: [{ text: `base ${run}` }, { text: 'two' }, { text: 'three' }] },
  ],
  // Never imported, so that no engine has its blobs.
  'other-1': [{ reference: image, layers: [{ text: `other base ${run}` }, { text: 'one' }] }],
  'other-2': [{ reference: image, layers: [{ text: `other base ${run}` }, { text: 'two' }] }],
};

let work: string;
const at = (name: string): string => join(work, name);

async function exported(release: string, output: string, ...args: string[]) {
  const common = ['--engine', `oci:${at(`layout-${release}`)}`, '--release-version', release];
  const { code, stderr } = await bundle(
    ['export', at('compose.yml'), '-o', at(output), '--no-runtime', ...common, ...args],
    { cwd: work },
  );
  if (code !== 0) throw new Error(stderr);
}

function importOn(engine: EngineName, name: string, state = `state-${engine}`) {
  const args = ['import', at(name), '--state-dir', at(state), '--yes', '--json'];
  return onEngine(engine, [...bundleCommand, ...args]);
}

const layersOn = async (engine: EngineName): Promise<unknown> =>
  JSON.parse(await docker(engine, 'image', 'inspect', '-f', '{{json .RootFS.Layers}}', image));

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'incremental-'));
  await writeFile(at('compose.yml'), `name: shop\nservices: { app: { image: "${image}" } }\n`);
  for (const [release, images] of Object.entries(releases)) {
    await makeLayout(at(`layout-${release}`), images);
  }
  await exported('1', 'one');
  await exported('other-1', 'other-one');
  await exported('other-2', 'other-two', '--since', at('other-one'));
  await exported('2', 'two.tar', '--since', at('one/bundle.json'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

describe.each(['offline-28', 'offline-28-containerd'] as const)('on %s', (engine) => {
  const imported: string[] = [];
  afterAll(() => docker(engine, 'rmi', '-f', image, ...imported));

  test('an incremental bundle without its base is refused with the name of the base, and nothing is changed', async () => {
    const { code, stdout } = await importOn(engine, 'two.tar');
    expect(code).toBe(70);
    const { error } = JSON.parse(stdout);
    expect(error).toMatchObject({ code: 'base-missing', hint: expect.stringContaining('shop 1') });
    expect(await docker(engine, 'images', '-q', image)).toBe('');
    await expect(stat(at(`state-${engine}/shop/current`))).rejects.toThrow();
  });

  test('it updates the base, and an inventory is enough for the next one', async () => {
    for (const name of ['one', 'two.tar']) {
      expect(await importOn(engine, name)).toMatchObject({ code: 0 });
      imported.push(await docker(engine, 'image', 'inspect', '-f', '{{.Id}}', image));
    }
    const two = await layersOn(engine);
    expect(two).toHaveLength(2);
    const inventory = at(`${engine}.json`);
    const args = ['inventory', '--state-dir', at(`state-${engine}`), '-o', inventory];
    expect(await onEngine(engine, [...bundleCommand, ...args])).toMatchObject({ code: 0 });
    await exported('3', `${engine}.tar`, '--for', inventory);
    const inspected = await bundle(['inspect', at(`${engine}.tar`), '--json']);
    expect(JSON.parse(inspected.stdout).manifest.omitted).toHaveLength(2);
    expect(await importOn(engine, `${engine}.tar`)).toMatchObject({ code: 0 });
    expect((await layersOn(engine)) as string[]).toEqual([
      ...(two as string[]),
      expect.stringMatching(/^sha256:/),
    ]);
    const names = await docker(engine, 'images', '--format', '{{.Repository}}');
    expect(names).not.toContain('127.0.0.1');
  });
});

test('inventories of both stores leave out common layers; a foreign and a damaged one are refused', async () => {
  const inventories = ['offline-28', 'offline-28-containerd'].map((name) => at(`${name}.json`));
  const [first = ''] = inventories;
  const forAll = inventories.flatMap((path) => ['--for', path]);
  await exported('2', 'both.tar', ...forAll);
  const inspected = await bundle(['inspect', at('both.tar'), '--json']);
  expect(JSON.parse(inspected.stdout).manifest.omitted).toHaveLength(2);
  const text = await readFile(first, 'utf8');
  await writeFile(at('foreign.json'), text.replaceAll('"shop"', '"other"'));
  await writeFile(at('damaged.json'), text.slice(0, -20));
  await expect(exported('2', 'bad.tar', ...forAll, '--for', at('foreign.json'))).rejects.toThrow(
    /foreign\.json[\s\S]*other/,
  );
  await expect(exported('2', 'bad.tar', ...forAll, '--for', at('damaged.json'))).rejects.toThrow(
    /damaged\.json/,
  );
  await expect(stat(at('bad.tar'))).rejects.toThrow();
});

test.each(['offline-28-containerd', 'offline-26-containerd'] as const)(
  '%s, with the layers as other blobs, is left as it was',
  async (engine) => {
    const archive = at('plain.tar');
    // The same file system, stored plain: it has the same chain ID, but is not the blob that was left out.
    const layout = at('layout-plain');
    const [laid] = await makeLayout(layout, releases['other-1'] ?? []);
    const files = ['oci-layout', 'index.json'];
    const blobs = [laid?.configDigest, laid?.manifestDigest, ...(laid?.layerDigests ?? [])];
    const paths = [...files, ...blobs.map((digest) => String(digest).replace(':', '/'))];
    const entries = await Promise.all(
      paths.map(async (name) => {
        const path = name.startsWith('sha256/') ? `blobs/${name}` : name;
        const content = await readFile(join(layout, path));
        return { path, size: content.length, content };
      }),
    );
    await writeFile(
      archive,
      packTar(entries, () => undefined),
    );
    await docker(engine, 'load', '-q', '-i', archive);
    const before = await docker(engine, 'image', 'inspect', '-f', '{{.Id}}', image);
    try {
      const { code, stdout } = await importOn(engine, 'other-two', `plain-${engine}`);
      expect({ code, error: JSON.parse(stdout).error?.code }).toEqual({
        code: 70,
        error: 'base-missing',
      });
      expect(await docker(engine, 'image', 'inspect', '-f', '{{.Id}}', image)).toBe(before);
    } finally {
      await docker(engine, 'rmi', '-f', image);
    }
  },
);

test('an engine on another host accepts an incremental bundle over SSH like a local one', async () => {
  const engine = 'offline-28-containerd';
  const state = ['--state-dir', at('state-far'), '--docker-host', await sshAddress(engine)];
  const far = async (name: string) => {
    const args = ['import', at(name), '--yes', '--json', ...state];
    return onEngine(remoteEngine, [...bundleCommand, ...args]);
  };
  try {
    expect(await far('one')).toMatchObject({ code: 0 });
    const { code, stdout } = await far('two.tar');
    expect(code).toBe(0);
    const names = await docker(engine, 'images', '--format', '{{.Repository}}');
    expect(names).not.toContain('bundle-import');
    const { manifest, sentBytes } = JSON.parse(stdout);
    const [omitted] = manifest.omitted;
    const [packed] = manifest.images;
    const bytes = packed.layers.map(({ size }: { size: number }) => size);
    const all = bytes.reduce((sum: number, size: number) => sum + size, 0);
    expect(sentBytes).toBe(all - omitted.size);
    // A complete one: the engine saves every layer, byte for byte.
    const saved = at('saved.tar');
    await docker(engine, 'save', '-o', saved, image);
    const found = await blobsOf(saved);
    for (const { digest } of packed.layers) expect(found).toContain(digest);
  } finally {
    await docker(engine, 'rmi', '-f', ...(await docker(engine, 'images', '-q', image)).split('\n'));
  }
});

/** Computes the digests of the blobs in an archive of `docker save` from their bytes. */
async function blobsOf(archive: string): Promise<string[]> {
  const found: string[] = [];
  const { signal } = new AbortController();
  for await (const entry of readTar(createReadStream(archive), signal, () => undefined)) {
    const hash = createHash('sha256');
    for await (const chunk of entry) hash.update(chunk);
    if (entry.path.startsWith('blobs/')) found.push(`sha256:${hash.digest('hex')}`);
  }
  return found;
}

test('an update contains its changed layers and at most 64 KiB more', async () => {
  expect((await stat(at('two.tar'))).size).toBeLessThan(64 * 1024);
});
