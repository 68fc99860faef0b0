import { randomBytes } from 'node:crypto';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasSmallDisks, makeLayout, type TestImage, withSmallDisk } from '@bundle/testkit';
import { parseSize } from '../src/shared/options/values.ts';
import { bundle } from './run-bundle.ts';

const large = 'x'.repeat(3_000_000);
const images: readonly TestImage[] = [
  { reference: 'app:1', layers: [{ text: 'base' }, { text: large }] },
  { reference: 'web:1', layers: [{ text: 'other' }] },
];
let work: string;
const at = (name: string): string => join(work, name);

beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'cache-'));
  const compose = 'name: shop\nservices: { app: { image: "app:1" }, web: { image: "web:1" } }\n';
  await writeFile(at('compose.yml'), compose);
  await makeLayout(at('layout'), images);
});
afterEach(() => rm(work, { recursive: true, force: true }));

async function exported(output: string, ...args: string[]) {
  const options = ['--engine', `oci:${at('layout')}`, '--no-runtime', '--json', ...args];
  const { code, stdout, stderr } = await bundle(
    ['export', at('compose.yml'), '-o', at(output), ...options],
    { cwd: work },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}
const withCache = (output: string) => exported(output, '--cache', at('cache'));
const same = async (one: string, other: string) =>
  (await readFile(at(one))).equals(await readFile(at(other)));

async function cachedBlobs(): Promise<string[]> {
  const [version = ''] = await readdir(at('cache'));
  const folder = at(join('cache', version, 'blobs'));
  return (await readdir(folder)).map((name) => join(folder, name));
}

test('a second export saves no image from the engine, and has the same bytes', async () => {
  const first = await withCache('first.tar');
  expect(first.reused).toEqual({ layers: 0, bytes: 0 });
  const again = await withCache('again.tar');
  expect(again).toMatchObject({ savedBytes: 0, reused: { layers: 3 }, digest: first.digest });
  expect(await same('first.tar', 'again.tar')).toBe(true);
  await exported('without.tar', '--no-cache');
  expect(await same('first.tar', 'without.tar')).toBe(true);
});

test('a compressed layer in a layout is copied from there, and not cached again', async () => {
  await rm(at('layout'), { recursive: true });
  const [app] = images;
  if (app === undefined) throw new Error('no image');
  const zipped = { reference: 'web:1', layers: [{ text: 'z', compression: 'gzip' }] } as const;
  const [, web] = await makeLayout(at('layout'), [app, zipped]);
  const first = await withCache('first.tar');
  const again = await withCache('again.tar');
  expect(again).toMatchObject({ reused: { layers: 2 }, digest: first.digest });
  expect(await cachedBlobs()).toHaveLength(2);
  const [digest = ''] = web?.layerDigests ?? [];
  const file = at(join('layout/blobs/sha256', digest.slice('sha256:'.length)));
  const bytes = await readFile(file);
  bytes.writeUInt8(bytes.readUInt8(12) ^ 1, 12);
  await writeFile(file, bytes);
  const options = ['--engine', `oci:${at('layout')}`, '--no-runtime', '--no-cache'];
  const damaged = await bundle(['export', at('compose.yml'), '-o', at('x'), ...options]);
  expect(damaged).toMatchObject({ code: 51, stderr: expect.stringContaining(file) });
});

test('a changed image costs only its own layer; the bytes are the same as without the cache', async () => {
  await withCache('first.tar');
  await rm(at('layout'), { recursive: true });
  const changed = {
    reference: 'app:1',
    layers: [{ text: 'base' }, { text: large }, { text: 'n' }],
  };
  await makeLayout(at('layout'), [changed, ...images.slice(1)]);
  expect((await withCache('second.tar')).reused.layers).toBe(3);
  await exported('without.tar', '--no-cache');
  expect(await same('second.tar', 'without.tar')).toBe(true);
});

test('a damaged or truncated layer in the cache is made again', async () => {
  await withCache('first.tar');
  const [one = '', other = ''] = await cachedBlobs();
  const bytes = await readFile(one);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  await writeFile(one, bytes);
  await writeFile(other, (await readFile(other)).subarray(1));
  await withCache('again.tar');
  expect(await same('first.tar', 'again.tar')).toBe(true);
  expect((await withCache('third.tar')).savedBytes).toBe(0);
});

test('an export continues without an unwritable cache, and says so', async () => {
  await writeFile(at('file'), '');
  const options = ['--engine', `oci:${at('layout')}`, '--no-runtime', '--cache', at('file/in')];
  const { code, stderr } = await bundle(['export', at('compose.yml'), '-o', at('b'), ...options], {
    cwd: work,
  });
  expect(code).toBe(0);
  expect(stderr.match(/warning: no layers are kept/g)).toHaveLength(1);
});

(hasSmallDisks ? test : test.skip)(
  'an export that fits on its disk without the cache fits there with it, and says that nothing is kept',
  async () => {
    const bytes = 10_000_000;
    const text = randomBytes(bytes).toString('latin1');
    await makeLayout(at('layout'), [
      { reference: 'app:1', layers: [{ text }] },
      ...images.slice(1),
    ]);
    await withSmallDisk(24 * 1024 * 1024, async (disk) => {
      const options = [
        '--engine',
        `oci:${at('layout')}`,
        '--no-runtime',
        '--cache',
        `${disk}/cache`,
      ];
      const output = ['-o', `${disk}/shop.tar`];
      const { code, stdout, stderr } = await bundle(
        ['export', at('compose.yml'), ...output, ...options],
        { cwd: work },
      );
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('sha256:') });
      expect(stderr.match(/warning: no layers are kept/g)).toHaveLength(1);
      expect((await stat(`${disk}/shop.tar`)).size).toBeGreaterThan(bytes);
      expect(
        JSON.parse((await bundle(['cache', 'ls', '--cache', `${disk}/cache`, '--json'])).stdout),
      ).toMatchObject({ layers: 0 });
    });
  },
);

test('a successful export does not fail because the cache cannot be pruned', async () => {
  await withCache('first.tar');
  const [version = ''] = await readdir(at('cache'));
  const stray = at(join('cache', version, '.incoming-old'));
  await mkdir(join(stray, 'full'), { recursive: true });
  const past = new Date(Date.now() - 2 * 86_400_000);
  await utimes(stray, past, past);
  await symlink('absent', at(join('cache', version, 'blobs', 'a'.repeat(64))));
  const options = ['--engine', `oci:${at('layout')}`, '--no-runtime', '--cache', at('cache')];
  const result = await bundle(['export', at('compose.yml'), '-o', at('again.tar'), ...options], {
    cwd: work,
  });
  expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining('sha256:') });
  expect(result.stderr.match(/warning: old layers are not deleted/g)).toHaveLength(1);
});

test('cache ls shows the contents, and prune deletes only those', async () => {
  await withCache('first.tar');
  await writeFile(at('cache/mine'), 'keep');
  const cache = (...args: string[]) => bundle(['cache', ...args, '--cache', at('cache'), '--json']);
  expect(JSON.parse((await cache('ls')).stdout)).toMatchObject({ layers: 3 });
  expect(JSON.parse((await cache('prune', '--keep', '1G')).stdout)).toMatchObject({ layers: 0 });
  expect(JSON.parse((await cache('prune')).stdout)).toMatchObject({ layers: 3 });
  expect(JSON.parse((await cache('ls')).stdout)).toMatchObject({ layers: 0, bytes: 0 });
  expect((await stat(at('cache/mine'))).isFile()).toBe(true);
  expect(await cache('empty')).toMatchObject({ code: 2 });
});

test.each([
  ['4000M', 4_000_000_000],
  ['4.7G', 4_700_000_000],
  ['2GiB', 2_147_483_648],
  ['512', 512],
  ['10kB', 10_000],
  ['1 MiB', 1_048_576],
  ['-1', undefined],
  ['4X', undefined],
  ['', undefined],
])('the size %s', (text, expected) => {
  expect(parseSize(text)).toBe(expected);
});
