import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { blobPath, type Digest, mediaTypes } from '@bundle/format';
import { layerPackages, memoryCache, type RecordCache } from '../src/index.ts';
import { dpkgStatus, layerOf, listOf } from './layer-of.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layers-'));
});
afterAll(() => rm(folder, { recursive: true }));

const digestOf = (bytes: Buffer): Digest =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const plain = layerOf({ 'var/lib/dpkg/status': dpkgStatus(['curl', '7.88']) });

/** Reads an image of one layer that is stored in gzip. */
async function read(
  stored: Buffer,
  {
    diffId = digestOf(plain),
    cache = memoryCache(),
    ...more
  }: {
    diffId?: Digest;
    cache?: RecordCache;
    unpackedSize?: number;
    signal?: AbortSignal;
  } = {},
) {
  const file = join(folder, 'layer');
  await writeFile(file, stored);
  const digest = digestOf(stored);
  const layer = { digest, diffId, mediaType: mediaTypes.layerGzip, size: stored.length };
  const { unpackedSize, signal = new AbortController().signal } = more;
  const layers = [{ ...layer, ...(unpackedSize === undefined ? {} : { unpackedSize }) }];
  const imageId = digestOf(Buffer.from('config'));
  const entries = new Map([[blobPath(digest), { file, offset: 0, size: stored.length }]]);
  const work = { onProgress: () => undefined, signal };
  const images = [{ reference: 'a:1', imageId, layers }];
  const [image] = await layerPackages(
    { entries, leftOut: {}, otherwise: 'is lost' },
    images,
    cache,
    work,
  );
  if (image === undefined) throw new Error('no image');
  return image;
}

test('a layer is read, and another one under its diff ID is refused and not kept', async () => {
  expect(listOf(await read(gzipSync(plain)))).toEqual(['deb curl 7.88']);
  const cache = memoryCache();
  const other = gzipSync(layerOf({ 'var/lib/dpkg/status': dpkgStatus(['evil', '1']) }));
  await expect(read(other, { cache })).rejects.toMatchObject({ code: 'digest-mismatch' });
  expect(await cache.get(digestOf(plain))).toBeUndefined();
});

test('a layer that unpacks to more than the bundle says is refused before it ends', async () => {
  const bomb = Buffer.concat([plain, Buffer.alloc(200 * 1024 * 1024)]);
  const reading = read(gzipSync(bomb), { diffId: digestOf(bomb), unpackedSize: 4096 });
  await expect(reading).rejects.toMatchObject({
    code: 'digest-mismatch',
    details: { found: 'more than 4096 bytes' },
  });
});

test('a layer that is cut short is refused, and Ctrl-C is no damage', async () => {
  const cut = gzipSync(plain).subarray(0, 200);
  await expect(read(cut)).rejects.toMatchObject({ code: 'digest-mismatch' });
  const signal = AbortSignal.abort();
  await expect(read(gzipSync(plain), { signal })).rejects.toThrow('aborted');
});
