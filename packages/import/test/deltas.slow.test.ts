import { randomBytes } from 'node:crypto';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLayoutEngine } from '@bundle/engine';
import { type ExportOptions, LayerCache, readKnownHosts } from '@bundle/export';
import { type BundleManifest, blobPath, type Digest, hexOf, type OnProgress } from '@bundle/format';
import {
  hasSmallDisks,
  hostArchitecture,
  snapshot,
  type TestImage,
  withSmallDisk,
} from '@bundle/testkit';
import { verifyBundle } from '@bundle/verify';
import { importBundle } from '../src/import.ts';
import type { ImportOptions } from '../src/import-types.ts';
import {
  buildBundle,
  sha256 as createSha256,
  quiet,
  resign,
  rewrite,
  type TestBundle,
} from './build-bundle.ts';

// Real bundles, with OCI image layouts in place of engines; cli/test/deltas.engine.test.ts has real engines.

const platform = { os: 'linux', architecture: hostArchitecture };
const reference = 'shop-api:1.0';
/** 3 MiB that hardly compress, in which each release changes a few bytes. */
const dependencies = randomBytes(2_400_000).toString('base64');
function releaseImages(release: number): TestImage[] {
  const at = release * 500_000;
  const mark = `release ${release}`;
  const text = dependencies.slice(0, at) + mark + dependencies.slice(at + mark.length);
  return [{ reference, layers: [{ text: 'base' }, { text }, { text: `app ${release}` }] }];
}

let work: string;
const at = (name: string): string => join(work, name);

async function exportRelease(
  name: string,
  release: number,
  since?: string,
  options: Partial<ExportOptions> = {},
  images = releaseImages(release),
): Promise<TestBundle> {
  const known =
    since === undefined ? undefined : await readKnownHosts(at(since), [], 'shop', platform);
  return buildBundle(at(name), images, {
    version: `1.${release}`,
    sequence: release,
    deltas: at('deltas'),
    ...(known === undefined ? {} : { known }),
    ...options,
  });
}

const importInto = (host: string, bundle: string, more: Partial<ImportOptions> = {}) =>
  importBundle(createLayoutEngine(at(host)), {
    bundle: at(bundle),
    stateDir: at(`state-${host}`),
    dryRun: false,
    ...quiet,
    ...more,
  });

/** The log of the host is no part of what must not change: it records attempts, too. */
const hostNow = async (host: string) => {
  const { '_history/log.jsonl': _, ...state } = await snapshot(at(`state-${host}`));
  return { engine: await snapshot(at(host)), state };
};

const layersOf = ({ images }: BundleManifest): Digest[] =>
  images.flatMap(({ layers }) => layers.map(({ digest }) => digest));

beforeAll(async () => {
  work = await realpath(await mkdtemp(join(tmpdir(), 'deltas-')));
  await exportRelease('full-0', 0);
  await exportRelease('full-1.tar', 1);
  await exportRelease('delta-1.tar', 1, 'full-0');
});
afterAll(() => rm(work, { recursive: true, force: true }));

test('a changed layer costs its change, and the bundle is valid', async () => {
  const { size } = await stat(at('delta-1.tar'));
  expect(size).toBeLessThan(500_000);
  const report = await verifyBundle(at('delta-1.tar'), quiet);
  expect(report.findings).toEqual([]);
  const { deltas, omitted, images } = report.manifest;
  expect(omitted).toHaveLength(1);
  expect(deltas).toMatchObject([{ digest: images[0]?.layers[1]?.digest }]);
  expect(await readdir(work)).not.toContainEqual(expect.stringContaining('.deltas.partial'));
});

test('its image is the one of the whole bundle, down to the manifest', async () => {
  const [whole, delta] = await Promise.all(
    ['full-1.tar', 'delta-1.tar'].map(
      async (name) => (await verifyBundle(at(name), quiet)).manifest,
    ),
  );
  expect(delta?.images).toEqual(whole?.images);
});

test('two exports give the same bytes', async () => {
  await exportRelease('again.tar', 1, 'full-0');
  expect(await readFile(at('again.tar'))).toEqual(await readFile(at('delta-1.tar')));
});

test('without deltas, the changed layer is carried whole', async () => {
  const known = await readKnownHosts(at('full-0'), [], 'shop', platform);
  const { report } = await buildBundle(at('whole.tar'), releaseImages(1), {
    version: '1.1',
    known,
  });
  expect(report.manifest.deltas).toBeUndefined();
  expect((await stat(at('whole.tar'))).size).toBeGreaterThan(2_000_000);
});

test('one that has no ancestor at hand is carried whole, and the report says so', async () => {
  const { report } = await exportRelease('blind.tar', 1, 'full-0/bundle.json');
  expect(report.manifest.deltas).toBeUndefined();
  expect(report.whole).toMatchObject([
    { digest: report.manifest.images[0]?.layers[1]?.digest, why: 'old bytes missing' },
  ]);
});

test('where bundle.json is all that is left of the base, the layer cache has the old bytes', async () => {
  const cache = new LayerCache(at('cache'), (problem, reason) => {
    throw new Error(`${problem}: ${reason}`);
  });
  await exportRelease('cached-0', 0, undefined, { cache });
  const { report } = await exportRelease('cached.tar', 1, 'full-0/bundle.json', { cache });
  expect(report).toMatchObject({ whole: [], manifest: { deltas: [expect.anything()] } });
});

test('one that has nothing in common with its ancestor is carried whole', async () => {
  const other = randomBytes(1_500_000).toString('base64');
  const images = [{ reference, layers: [{ text: 'base' }, { text: other }] }];
  const { report } = await exportRelease('other.tar', 1, 'full-0', {}, images);
  expect(report.manifest.deltas).toBeUndefined();
  expect(report.whole).toMatchObject([{ why: 'not smaller' }]);
});

test('a host with the base imports it and leaves nothing behind', async () => {
  await importInto('chain', 'full-0');
  const first = await importInto('chain', 'delta-1.tar');
  expect(first.outcome).toBe('imported');
  const blobs = await readdir(at('chain/blobs/sha256'));
  expect(blobs).toEqual(expect.arrayContaining(layersOf(first.manifest).map(hexOf)));
  const state = await readdir(at('state-chain/shop'));
  expect(state.filter((name) => name.includes('layers'))).toEqual([]);
  expect((await importInto('chain', 'delta-1.tar')).outcome).toBe('already imported');
});

test('a chain of updates and a jump lead to the same image', async () => {
  await exportRelease('full-2', 2);
  await exportRelease('step-2.tar', 2, 'full-1.tar');
  await exportRelease('jump-2.tar', 2, 'full-0');
  const ids: unknown[] = [];
  for (const [host, bundles] of [
    ['steps', ['full-0', 'delta-1.tar', 'step-2.tar']],
    ['jump', ['full-0', 'jump-2.tar']],
    ['whole', ['full-2']],
  ] as const) {
    for (const bundle of bundles) await importInto(host, bundle);
    ids.push((await createLayoutEngine(at(host)).inspectImage(reference))?.id);
  }
  expect(new Set(ids).size).toBe(1);
});

test('a layer that the source has compressed with gzip becomes a delta, and the next release leaves it out', async () => {
  const gzip = (images: TestImage[], extra: string): TestImage[] =>
    images.map((image) => ({
      ...image,
      layers: [
        ...image.layers.map((layer) => ({ ...layer, compression: 'gzip' as const })),
        { text: extra },
      ],
    }));
  await exportRelease('gzip-0', 0, undefined, {}, gzip(releaseImages(0), 'zero'));
  const one = await exportRelease('gzip-1.tar', 1, 'gzip-0', {}, gzip(releaseImages(1), 'one'));
  const [image] = one.report.manifest.images;
  expect(one.report.manifest.deltas).toHaveLength(1);
  expect(image?.imageId).toBe(one.images[0]?.configDigest);
  await importInto('gzip', 'gzip-0');
  await importInto('gzip', 'gzip-1.tar');
  const two = await exportRelease('gzip-2.tar', 2, 'gzip-1.tar', {}, gzip(releaseImages(1), 'two'));
  const changed = image?.layers[1]?.digest;
  expect(two.report.manifest.omitted).toContainEqual(expect.objectContaining({ digest: changed }));
  expect(two.report.manifest.deltas).toBeUndefined();
  expect((await importInto('gzip', 'gzip-2.tar')).outcome).toBe('imported');
});

test('in parts, it is read where they are, but not one medium after the other', async () => {
  await exportRelease('parts.tar', 1, 'full-0', { format: 'tar', partBytes: 10_000 });
  const list = 'parts.tar.parts.json';
  await importInto('parts', 'full-0');
  await mkdir(at('shelf'));
  await rename(at('parts.tar.part002'), at('shelf/parts.tar.part002'));
  const askFor = async (name: string): Promise<boolean> => {
    await rename(at(`shelf/${name}`), at(name));
    return true;
  };
  await expect(importInto('parts', list, { find: { askFor } })).rejects.toMatchObject({
    code: 'part-missing',
    details: { expected: expect.stringContaining('deltas') },
  });
  expect((await importInto('parts', list, { find: { folders: [at('shelf')] } })).outcome).toBe(
    'imported',
  );
});

test('an import that was stopped while it made layers is done by the next one', async () => {
  await importInto('stopped', 'full-0');
  const before = await hostNow('stopped');
  for (const phase of ['reading old layers', 'making layers']) {
    const stop = new AbortController();
    const onProgress: OnProgress = (progress) => {
      if (progress.phase === phase) stop.abort(new Error('stopped'));
    };
    await expect(
      importInto('stopped', 'delta-1.tar', { onProgress, signal: stop.signal }),
    ).rejects.toThrow();
    expect(await hostNow('stopped')).toEqual(before);
  }
  expect((await importInto('stopped', 'delta-1.tar')).outcome).toBe('imported');
});

describe('nothing is changed', () => {
  const onSmallDisk = hasSmallDisks ? test : test.skip;
  onSmallDisk('if the disk is full while a layer is made', async () => {
    await importInto('full', 'full-0');
    const before = await snapshot(at('full'));
    // Room for the old layer of 3.2 MB, and not for the new one as well.
    await withSmallDisk(5 * 1024 * 1024, async (disk) => {
      const stateDir = join(disk, 'state');
      await expect(importInto('full', 'delta-1.tar', { stateDir })).rejects.toMatchObject({
        code: 'no-space',
      });
      const left = await readdir(join(stateDir, 'shop'));
      expect(left.filter((name) => name.includes('layers'))).toEqual([]);
    });
    expect(await snapshot(at('full'))).toEqual(before);
  });

  test('on a host without the base, and the message names it', async () => {
    await exportRelease('unrelated', 0, undefined, {}, [
      { reference, layers: [{ text: 'other base' }] },
    ]);
    await importInto('stranger', 'unrelated');
    const before = await hostNow('stranger');
    await expect(importInto('stranger', 'delta-1.tar')).rejects.toMatchObject({
      code: 'base-missing',
      details: { hint: expect.stringContaining('shop 1.0') },
    });
    expect(await hostNow('stranger')).toEqual(before);
  });

  test('by a delta of a release that was left out, and the message names it', async () => {
    await exportRelease('gap-2.tar', 2, 'full-1.tar');
    await importInto('gap', 'full-0');
    const before = await hostNow('gap');
    await expect(importInto('gap', 'gap-2.tar')).rejects.toMatchObject({
      code: 'base-missing',
      details: { hint: expect.stringContaining('shop 1.1') },
    });
    expect(await hostNow('gap')).toEqual(before);
  });

  test('if the engine has other bytes under the name of the old layer', async () => {
    await importInto('damaged', 'full-0');
    const { manifest } = await verifyBundle(at('full-0'), quiet);
    const old = hexOf(manifest.images[0]?.layers[1]?.digest ?? 'sha256:');
    const path = at(`damaged/blobs/sha256/${old}`);
    const bytes = await readFile(path);
    bytes[bytes.length - 3_000] = (bytes[bytes.length - 3_000] ?? 0) ^ 1;
    await writeFile(path, bytes);
    const before = await hostNow('damaged');
    await expect(importInto('damaged', 'delta-1.tar')).rejects.toMatchObject({
      code: 'base-damaged',
      details: { hint: expect.stringContaining('--no-delta') },
    });
    expect(await hostNow('damaged')).toEqual(before);
  });

  test('by a delta that was changed, wherever', async () => {
    await importInto('mutated', 'full-0');
    const before = await hostNow('mutated');
    for (const share of [0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1]) {
      const name = `mutated-${share}`;
      await exportRelease(name, 1, 'full-0');
      await rewrite(at(name), (contents) => {
        resign(contents, (manifest) => {
          const [delta] = manifest.deltas ?? [];
          if (delta === undefined) throw new Error('no delta');
          const path = blobPath(delta.blob);
          const bytes = Buffer.from(contents.get(path) ?? '');
          const index = Math.min(bytes.length - 1, Math.floor(share * bytes.length));
          bytes[index] = (bytes[index] ?? 0) ^ 0x20;
          renameBlob(contents, manifest, path, bytes);
        });
      });
      expect((await verifyBundle(at(name), quiet)).findings).toEqual([]);
      await expect(importInto('mutated', name)).rejects.toMatchObject({ code: 'delta-invalid' });
      expect(await hostNow('mutated')).toEqual(before);
    }
  });

  test('by a delta of another layer than it says', async () => {
    await importInto('swapped', 'full-0');
    const before = await hostNow('swapped');
    await exportRelease('swapped-1', 1, 'full-0');
    await rewrite(at('swapped-1'), (contents) => {
      resign(contents, ({ deltas = [] }) => {
        for (const delta of deltas) delta.from = delta.from.map((one) => ({ ...one, size: 7 }));
      });
    });
    await expect(importInto('swapped', 'swapped-1')).rejects.toMatchObject({
      code: 'base-damaged',
    });
    expect(await hostNow('swapped')).toEqual(before);
  });
});

/** Gives a blob other bytes, and the name that these have. */
function renameBlob(
  contents: Map<string, Buffer>,
  manifest: BundleManifest,
  path: string,
  bytes: Buffer,
): void {
  const sha256 = createSha256(bytes);
  const renamed = blobPath(`sha256:${sha256}`);
  contents.delete(path);
  contents.set(renamed, bytes);
  for (const file of manifest.files) {
    if (file.path !== path) continue;
    file.path = renamed;
    file.sha256 = sha256;
  }
  for (const delta of manifest.deltas ?? [])
    if (blobPath(delta.blob) === path) delta.blob = `sha256:${sha256}`;
}
