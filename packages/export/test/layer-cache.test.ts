import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Digest, digestOf, hexOf, mediaTypes } from '@bundle/format';
import { hasSmallDisks, withSmallDisk } from '@bundle/testkit';
import { LayerCache } from '../src/images/cache/layer-cache.ts';
import { cacheUse, trimCache } from '../src/images/cache/trim.ts';

const onSmallDisk = hasSmallDisks ? test : test.skip;
const mega = 1024 * 1024;
let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'layer-cache-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

async function keep(cache: LayerCache, bytes: Buffer, times = 1): Promise<Digest> {
  const digest = digestOf(bytes);
  const writer = await cache.begin();
  for (let time = 0; time < times; time++) await writer.append(bytes);
  const layer = { digest, mediaType: mediaTypes.layerZstd, size: bytes.length * times };
  await writer.end(digest, layer);
  return digest;
}

const filesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name);

onSmallDisk(
  'a cache whose disk gets nearly full gives back all that this run has put there',
  async () => {
    await withSmallDisk(40 * mega, async (disk) => {
      const warnings: string[] = [];
      const warn = (...words: string[]): void => void warnings.push(words.join(': '));
      const before = new LayerCache(join(disk, 'cache'), warn);
      const old = await keep(before, randomBytes(mega));
      const cache = new LayerCache(join(disk, 'cache'), warn);
      const other = await cache.begin();
      await other.append(randomBytes(2 * mega));
      for (let count = 0; count < 30; count++) await keep(cache, randomBytes(2 * mega));
      await other.append(randomBytes(2 * mega));
      await other.end(old, { digest: old, mediaType: mediaTypes.layerZstd, size: 4 * mega });
      expect(warnings).toEqual(['no layers are kept: its disk is nearly full']);
      expect((await filesIn(disk)).sort()).toEqual([hexOf(old), `${hexOf(old)}.json`]);
    });
  },
);

onSmallDisk(
  'a cache whose disk somebody else fills leaves nothing of the layer under way',
  async () => {
    await withSmallDisk(40 * mega, async (disk) => {
      const warnings: string[] = [];
      const cache = new LayerCache(join(disk, 'cache'), (_, reason) => void warnings.push(reason));
      const writer = await cache.begin();
      await writer.append(randomBytes(10 * mega));
      await writeFile(join(disk, 'mine'), randomBytes(25 * mega));
      // There is room for only a part of it.
      await writer.append(randomBytes(10 * mega));
      await writer.append(randomBytes(mega));
      await rm(join(disk, 'mine'));
      await writer.append(randomBytes(mega));
      const digest = digestOf('any');
      await writer.end(digest, { digest, mediaType: mediaTypes.layerZstd, size: 22 * mega });
      expect(warnings).toHaveLength(1);
      expect(await filesIn(disk)).toEqual([]);
      expect(await cache.layer(digest)).toBeUndefined();
    });
  },
);

test('records of layers count, and the least recently used are deleted with their layers', async () => {
  const cache = new LayerCache(work, () => undefined);
  const documents = { blobs: new Map([[digestOf('x'), randomBytes(50_000)]]), configs: new Map() };
  for (const key of ['old', 'new']) await cache.keepImages(key, { layers: new Map(), documents });
  const [layer = digestOf('')] = [await keep(cache, randomBytes(1000))];
  const { bytes, layers } = await cacheUse(work);
  expect(layers).toBe(1);
  expect(bytes).toBeGreaterThan(130_000);
  const day = new Date(Date.now() - 86_400_000);
  const [version = ''] = await readdir(work);
  for (const name of await readdir(join(work, version, 'archives'))) {
    await utimes(join(work, version, 'archives', name), day, day);
  }
  // Mark it as used.
  expect(await cache.images('new')).toBeDefined();
  await trimCache(work, 100_000);
  expect(await cache.images('old')).toBeUndefined();
  expect(await cache.images('new')).toBeDefined();
  expect(await cache.layer(layer)).toBeDefined();
  expect((await cacheUse(work)).bytes).toBeLessThan(100_000);
});

test('a file that another run deletes while the cache is trimmed is not an error', async () => {
  const cache = new LayerCache(work, () => undefined);
  await keep(cache, randomBytes(1000));
  const [version = ''] = await readdir(work);
  // It has a name but does not exist.
  await symlink('absent', join(work, version, 'blobs', 'a'.repeat(64)));
  await symlink('absent', join(work, version, '.incoming-1'));
  expect(await trimCache(work, 100_000)).toMatchObject({ layers: 0 });
  expect(await cacheUse(work)).toMatchObject({ layers: 1 });
});

test('files that cannot be deleted are reported once, and the rest is deleted', async () => {
  const warnings: string[] = [];
  const cache = new LayerCache(work, (...words) => void warnings.push(words.join(': ')));
  await keep(cache, randomBytes(1000));
  const [version = ''] = await readdir(work);
  const stray = join(work, version, '.incoming-old');
  await mkdir(join(stray, 'full'), { recursive: true });
  const past = new Date(Date.now() - 2 * 86_400_000);
  await utimes(stray, past, past);
  await cache.trim(0);
  await cache.trim(0);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(/^old layers are not deleted: deleting from the cache/);
  await expect(trimCache(work, 0)).rejects.toMatchObject({ code: 'output-unwritable' });
  expect(await cacheUse(work)).toMatchObject({ layers: 0, bytes: 0 });
  await rm(stray, { recursive: true });
  await trimCache(work, 0);
  expect(await readdir(work)).toEqual([]);
});

test('only files made by the cache are counted or deleted', async () => {
  const mine = ['mine', 'v1-zstd-mine/blobs/file', 'v2-zstd-1.5/blobs/notes.txt'];
  for (const path of mine) {
    await mkdir(join(work, path, '..'), { recursive: true });
    await writeFile(join(work, path), '');
  }
  await trimCache(work, 0);
  for (const path of mine) expect((await stat(join(work, path))).isFile()).toBe(true);
});
