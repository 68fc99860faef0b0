import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Digest, digestOf, hexOf } from '@bundle/format';
import { makeLayout } from '@bundle/testkit';
import { createLayoutEngine } from '../src/oci-layout/engine.ts';
import { imagesWith, takeLayers } from '../src/take-layers.ts';

const layers = (...names: string[]): Digest[] => names.map((name) => digestOf(name));
const image = (name: string, ...diffIds: string[]) => ({
  id: digestOf(`image ${name}`),
  references: name === '' ? [] : [name],
  diffIds: layers(...diffIds),
});

test('few images are chosen for the wanted layers, the one with the fewest other layers first', () => {
  const images = [image('a:1', 'x', 'y', 'z'), image('b:1', 'x', 'y'), image('c:1', 'z')];
  expect(imagesWith(images, new Set(layers('x', 'y')))).toEqual(['b:1']);
  expect(imagesWith(images, new Set(layers('x', 'y', 'z')))).toEqual(['a:1']);
  expect(imagesWith(images, new Set(layers('x', 'nowhere')))).toEqual(['b:1']);
  expect(imagesWith(images, new Set(layers('nowhere')))).toEqual([]);
});

test('an image without a name is asked for by its ID', () => {
  const nameless = image('', 'x');
  expect(imagesWith([nameless], new Set(layers('x')))).toEqual([nameless.id]);
});

describe('of an engine', () => {
  let work: string;
  beforeEach(async () => {
    work = await mkdtemp(join(tmpdir(), 'take-'));
  });
  afterEach(() => rm(work, { recursive: true, force: true }));
  const options = { onProgress: () => undefined, signal: new AbortController().signal };

  test('layers are taken uncompressed, however they are stored, and nothing else stays', async () => {
    const stored = ['gzip', 'zstd', undefined] as const;
    const [laid] = await makeLayout(join(work, 'layout'), [
      {
        reference: 'app:1',
        layers: stored.map((compression) => ({
          text: `layer ${compression}`,
          ...(compression === undefined ? {} : { compression }),
        })),
      },
    ]);
    const engine = createLayoutEngine(join(work, 'layout'));
    const [gzip, zstd, plain] = laid?.diffIds ?? [];
    if (gzip === undefined || zstd === undefined || plain === undefined) throw new Error('layers');
    const wanted = new Map([gzip, zstd, plain].map((diffId) => [diffId, 2048]));
    const images = await engine.listImages();
    const out = await mkdtemp(join(work, 'out-'));
    const found = await takeLayers(engine, images, wanted, out, options);
    expect([...found.keys()].sort()).toEqual([gzip, zstd, plain].sort());
    for (const [diffId, file] of found) expect(digestOf(await readFile(file))).toBe(diffId);

    const other = await mkdtemp(join(work, 'out-'));
    // One of another size than wanted is not that layer.
    const some = new Map([
      [zstd, 2048],
      [gzip, 1],
    ] as const);
    expect([...(await takeLayers(engine, images, some, other, options)).keys()]).toEqual([zstd]);
    expect(await readdir(other)).toEqual([hexOf(zstd)]);
  });
});
