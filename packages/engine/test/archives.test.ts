import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { packTar } from '@bundle/archive';
import { imageArchive, type LaidOutImage, layerOf, makeLayout } from '@bundle/testkit';
import { openSource } from '../src/open-source.ts';
import { readImages } from './read-layers.ts';

// Archives as other tools write them.

const run = promisify(execFile);
const never = new AbortController().signal;
const env = {};
let folder: string;
let layout: LaidOutImage[];
const file = (name: string): string => join(folder, name);
const open = (from: string, architecture?: string) =>
  openSource({
    ...{ from, env, signal: never },
    platform: architecture ? { os: 'linux', architecture } : undefined,
  });

/** Makes an archive as `docker save` wrote it before version 25: with links, and long names. */
async function oldArchive(path: string): Promise<ReturnType<typeof imageArchive>> {
  const made = imageArchive('old/app:1', [layerOf('base'), layerOf('app')]);
  const isOld = ({ path: name }: { path: string }): boolean => /^blobs|^manifest/.test(name);
  const entries = made.archive.filter(isOld);
  await pipeline(
    packTar(entries, () => undefined),
    createWriteStream(`${path}.new`),
  );
  const work = await mkdtemp(file('old-'));
  await run('tar', ['-C', work, '-xf', `${path}.new`]);
  const blobs = entries.map((entry) => entry.path).filter((name) => name.startsWith('blobs'));
  const config = `${made.configDigest.slice(7)}.json`;
  const layers = made.diffIds.map((id) => `${id.slice(7)}/layer.tar`);
  await run(
    'sh',
    [
      '-ec',
      `cd ${work}
mv blobs/sha256/${made.configDigest.slice(7)} ${config}
for id in ${made.diffIds.map((id) => id.slice(7)).join(' ')}; do mkdir $id; mv blobs/sha256/$id $id/layer.tar; done
mkdir -p same; ln -s ../${layers[0]} same/layer.tar`,
    ],
    {},
  );
  const manifest = [
    { Config: config, RepoTags: ['old/app:1'], Layers: ['same/layer.tar', layers[1]] },
  ];
  await writeFile(join(work, 'manifest.json'), JSON.stringify(manifest));
  await run('tar', ['-C', work, '-cf', path, '--exclude=blobs', '.']);
  expect(blobs.length).toBeGreaterThan(3);
  return made;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archives-'));
  layout = await makeLayout(file('layout'), [
    { reference: 'shop/api:1', layers: [{ text: 'base', compression: 'gzip' }, { text: 'api' }] },
    { reference: 'shop/arm:1', layers: [{ text: 'arm' }], architecture: 'riscv64' },
  ]);
  await run('tar', ['-C', file('layout'), '-cf', file('layout.tar'), '.']);
  await run('tar', ['-C', file('layout'), '--format=pax', '-cf', file('pax.tar'), '.']);
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  'oci-archive:layout.tar',
  'oci-archive:pax.tar',
  'docker-archive:layout.tar',
  'oci:layout',
])('images of %s are read where they are, layers as they are', async (from) => {
  const engine = await open(from.replace(':', `:${folder}/`));
  const image = await engine.inspectImage('shop/api:1');
  expect(image).toMatchObject({ id: layout[0]?.topDigest, diffIds: layout[0]?.diffIds });
  const { layers, blobs } = await readImages(engine, ['shop/api:1'], never);
  expect(layers).toEqual(layout[0]?.layerDigests);
  expect(blobs.has(layout[0]?.configDigest ?? 'sha256:')).toBe(true);
});

test('an archive of an older docker save is read, links to shared layers too', async () => {
  const { diffIds, configDigest } = await oldArchive(file('old.tar'));
  const engine = await open(`docker-archive:${file('old.tar')}`);
  expect(await engine.inspectImage('old/app:1')).toMatchObject({ id: configDigest, diffIds });
  const { layers, configs } = await readImages(engine, ['old/app:1'], never);
  expect(layers).toEqual(diffIds);
  expect(configs.get('old/app:1')).toBe(configDigest);
});

test.each(['gzip', 'zstd', 'xz'])('an archive compressed with %s is read', async (tool) => {
  const name = `packed-${tool}.tar`;
  await run('sh', ['-c', `${tool} -c ${file('layout.tar')} >${file(name)}`]);
  for (const kind of ['oci-archive', 'docker-archive']) {
    const engine = await open(`${kind}:${file(name)}`);
    const { layers } = await readImages(engine, ['shop/api:1'], never);
    expect(layers.toSorted()).toEqual(layout[0]?.layerDigests.toSorted());
  }
});

test('an archive of docker save is not an image layout, and the error says what it is', async () => {
  await oldArchive(file('kind.tar'));
  await expect(open(`oci-archive:${file('kind.tar')}`)).rejects.toMatchObject({
    code: 'input-unreadable',
    details: { hint: expect.stringContaining('--from docker-archive:') },
  });
});

test.each<[string, () => Promise<unknown>, string]>([
  [
    'an archive compressed with lz4',
    () => writeFile(file('layout.tar.gz'), '\x04"M\x18'),
    'lz4 -d',
  ],
  [
    'another tar file',
    () => run('tar', ['-C', folder, '-cf', file('layout.tar.gz'), 'layout']),
    'Check the name',
  ],
  [
    'a file that is no tar',
    () => writeFile(file('layout.tar.gz'), 'x'.repeat(2000)),
    'Make the archive again',
  ],
  [
    'an archive that was cut short',
    () => run('sh', ['-c', `head -c 3000 ${file('layout.tar')} >${file('layout.tar.gz')}`]),
    'copied whole',
  ],
])('%s is refused, with what to do', async (_, make, words) => {
  await rm(file('layout.tar.gz'), { force: true });
  await make();
  for (const kind of ['oci-archive', 'docker-archive']) {
    await expect(open(`${kind}:${file('layout.tar.gz')}`)).rejects.toMatchObject({
      code: 'input-unreadable',
      details: { hint: expect.stringContaining(words) },
    });
  }
});

test('an image that is not in it is named, with those that are', async () => {
  const engine = await open(`oci-archive:${file('layout.tar')}`);
  await expect(engine.inspectImage('shop/web:1')).rejects.toMatchObject({
    code: 'image-not-found',
    details: { found: 'shop/api:1, shop/arm:1' },
  });
});

test.each(['oci-archive:layout.tar', 'oci:layout'])(
  'an image of %s for another platform is refused, with its own',
  async (from) => {
    const engine = await open(from.replace(':', `:${folder}/`));
    await expect(engine.inspectImage('shop/arm:1')).rejects.toMatchObject({
      code: 'platform-mismatch',
      details: { found: 'linux/riscv64' },
    });
    const other = await open(from.replace(':', `:${folder}/`), 'riscv64');
    expect(await other.inspectImage('shop/arm:1')).toMatchObject({ id: layout[1]?.topDigest });
  },
);

test('a file that does not exist is named', async () => {
  await expect(open(`oci-archive:${file('none.tar')}`)).rejects.toMatchObject({
    code: 'input-unreadable',
  });
});
