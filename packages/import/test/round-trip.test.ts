import { execFile } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readFile, readlink, realpath, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unzstd } from '@bundle/archive';
import { createLayoutEngine } from '@bundle/engine';
import { blobPath, mediaTypes } from '@bundle/format';
import { rememberedBundle } from '@bundle/host';
import { snapshot, type TestImage } from '@bundle/testkit';
import { verifyBundle } from '@bundle/verify';
import { importBundle } from '../src/import.ts';
import {
  buildBundle,
  contentsOf,
  forms,
  quiet,
  resign,
  rewrite,
  sampleImages,
  sha256,
} from './build-bundle.ts';

const run = promisify(execFile);

let work: string;
beforeEach(async () => {
  work = await realpath(await mkdtemp(join(tmpdir(), 'round-trip-')));
});
afterEach(() => rm(work, { recursive: true, force: true }));

const target = () => createLayoutEngine(join(work, 'target'));
const imported = (bundle: string, more: Partial<Parameters<typeof importBundle>[1]> = {}) =>
  importBundle(target(), {
    bundle,
    stateDir: join(work, 'state'),
    dryRun: false,
    ...quiet,
    ...more,
  });
const nameOf = (form: (typeof forms)[number], name = 'shop'): string =>
  join(work, form === 'tar' ? `${name}.tar` : name);

describe.each(forms)('a bundle as %s', (form) => {
  test('is verified completely, and the import matches the export', async () => {
    const { path, report, images } = await buildBundle(nameOf(form));
    const verified = await verifyBundle(path, quiet);
    expect([verified.findings, verified.digest]).toEqual([[], report.digest]);
    const result = await imported(path);
    expect(result).toMatchObject({
      outcome: 'imported',
      digest: report.digest,
      images: [
        { reference: 'shop-api:1.0', action: 'load' },
        { reference: 'shop-web:1.0', action: 'load' },
      ],
    });
    expect(result.sentBytes).toBeGreaterThan(0);
    for (const [index, { reference, diffIds, configDigest }] of images.entries()) {
      const packed = report.manifest.images[index];
      expect(packed?.imageId).toBe(configDigest);
      const arrived = await target().inspectImage(reference);
      expect(arrived).toMatchObject({ id: packed?.topDigest, diffIds });
    }
    const { currentLink, releaseDir } = result;
    expect(await realpath(currentLink)).toBe(releaseDir);
    expect(await readlink(currentLink)).toBe(`releases/1.0-${report.digest.slice(7, 19)}`);
    expect((await lstat(join(releaseDir, 'scripts/start.sh'))).mode & 0o777).toBe(0o755);
    const names = Object.keys(await snapshot(releaseDir));
    expect(names).toEqual([
      '.imported-from',
      '.mounts',
      'README.txt',
      'bundle.json',
      'checksums.sha256',
      'compose.offline.yml',
      'docker-compose.yml',
      'env.example',
      'images-info.txt',
      'install.sh',
      'manifest.json',
      'scripts',
      'scripts/start.sh',
    ]);
  });

  test('imported a second time changes nothing, and reports this', async () => {
    const { path } = await buildBundle(nameOf(form));
    await imported(path);
    const before = [await snapshot(join(work, 'state')), await snapshot(join(work, 'target'))];
    expect(await imported(path)).toMatchObject({ outcome: 'already imported', sentBytes: 0 });
    const after = [await snapshot(join(work, 'state')), await snapshot(join(work, 'target'))];
    expect(after).toEqual(before);
  });

  test('imported again from another path is remembered under the new path', async () => {
    const { path } = await buildBundle(nameOf(form));
    const { releaseDir } = await imported(path);
    const moved = nameOf(form, 'moved');
    await rename(path, moved);
    expect((await imported(moved, { dryRun: true })).outcome).toBe('already imported');
    expect(await rememberedBundle({ folder: releaseDir })).toBe(path);
    expect((await imported(moved)).outcome).toBe('already imported');
    expect(await rememberedBundle({ folder: releaseDir })).toBe(moved);
  });

  test('exported twice has the same bytes', async () => {
    const first = await buildBundle(nameOf(form, 'first'));
    const second = await buildBundle(nameOf(form, 'second'));
    expect(second.report.digest).toBe(first.report.digest);
    const bytes = async (path: string) =>
      form === 'tar' ? sha256(await readFile(path)) : snapshot(path);
    expect(await bytes(second.path)).toEqual(await bytes(first.path));
  });

  test('a preview and a declined import change nothing', async () => {
    const { path } = await buildBundle(nameOf(form));
    await mkdir(join(work, 'state'));
    expect((await imported(path, { dryRun: true })).outcome).toBe('previewed');
    expect((await imported(path, { confirm: async () => false })).outcome).toBe('declined');
    expect(await snapshot(join(work, 'state'))).toEqual({});
    expect(await target().listImages()).toEqual([]);
  });
});

test('folder and single file are one bundle: same digest, same files, same order', async () => {
  const [folder, tar] = [await buildBundle(nameOf('folder')), await buildBundle(nameOf('tar'))];
  expect(tar.report.digest).toBe(folder.report.digest);
  expect(tar.report.manifest).toEqual(folder.report.manifest);
  const archived = [...(await contentsOf(tar.path)).keys()];
  expect(archived).toEqual([
    'bundle.json',
    'checksums.sha256',
    ...tar.report.manifest.files.map(({ path }) => path),
  ]);
  const unpacked = join(work, 'unpacked');
  await mkdir(unpacked);
  await run('tar', ['-xf', tar.path, '-C', unpacked]);
  expect(await snapshot(unpacked)).toEqual(await snapshot(folder.path));
  await run('sha256sum', ['--strict', '-c', 'checksums.sha256'], { cwd: unpacked });
});

test('SOURCE_DATE_EPOCH is the time of the bundle and of all its files, and changes nothing else', async () => {
  const sourceDateEpoch = 1_700_000_000;
  const plain = await buildBundle(nameOf('tar', 'plain'));
  const first = await buildBundle(nameOf('tar', 'first'), sampleImages, { sourceDateEpoch });
  const second = await buildBundle(nameOf('tar', 'second'), sampleImages, { sourceDateEpoch });
  expect(plain.report.manifest.created).toBe('2026-01-01T00:00:00Z');
  expect(first.report.manifest.created).toBe('2023-11-14T22:13:20Z');
  expect(await readFile(second.path)).toEqual(await readFile(first.path));
  const { stdout } = await run('tar', ['--utc', '--full-time', '-tvf', first.path]);
  const times = stdout
    .trim()
    .split('\n')
    .map((line) => /\d{4}-\d\d-\d\d \S+/.exec(line)?.[0]);
  expect(new Set(times)).toEqual(new Set(['2023-11-14 22:13:20']));
  expect(first.report.manifest.images).toEqual(plain.report.manifest.images);
});

test('the newest image is the time of the bundle', async () => {
  const images = ['2026-02-01T00:00:00.9Z', '2026-03-01T10:00:00.5+01:00'].map(
    (created, index): TestImage => ({
      reference: `shop-${index}:1`,
      layers: [{ text: 'a' }],
      created,
    }),
  );
  const { report } = await buildBundle(nameOf('folder'), images);
  expect(report.manifest.created).toBe('2026-03-01T09:00:00Z');
});

test.each<[string, TestImage, string]>([
  [
    'gzip',
    { reference: 'a:1', layers: [{ text: 'a', compression: 'gzip' }] },
    mediaTypes.layerGzip,
  ],
  [
    'zstd',
    { reference: 'a:1', layers: [{ text: 'a', compression: 'zstd' }] },
    mediaTypes.layerZstd,
  ],
])('an image of %s layers keeps its digests on both hosts', async (_, image, mediaType) => {
  const { path, report, images } = await buildBundle(nameOf('tar'), [image]);
  const [laidOut] = images;
  const [packed] = report.manifest.images;
  expect(packed).toMatchObject({
    topDigest: laidOut?.topDigest,
    manifestDigest: laidOut?.manifestDigest,
    layers: [{ digest: laidOut?.layerDigests[0], mediaType, diffId: laidOut?.diffIds[0] }],
  });
  expect(packed?.layers[0]).not.toHaveProperty('unpackedSize');
  await imported(path);
  expect((await target().inspectImage('a:1'))?.id).toBe(laidOut?.topDigest);
});

test('an image index is imported with its attestation', async () => {
  const image: TestImage = {
    reference: 'a:1',
    layers: [{ text: 'a', compression: 'gzip' }],
    attested: true,
  };
  const { path, report, images } = await buildBundle(nameOf('folder'), [image]);
  const [laidOut] = images;
  expect(laidOut?.topDigest).not.toBe(laidOut?.manifestDigest);
  expect(report.manifest.images[0]).toMatchObject({
    topDigest: laidOut?.topDigest,
    manifestDigest: laidOut?.manifestDigest,
  });
  await imported(path);
  const from = await snapshot(`${path}.layout/blobs`);
  expect(Object.keys(from)).toHaveLength(8);
  expect(Object.keys(await snapshot(join(work, 'target/blobs')))).toEqual(Object.keys(from));
});

test('plain layers are compressed, shared ones are stored once, and unpack to the same layer', async () => {
  const long = Array.from({ length: 400_000 }, (_, n) => `line ${n}`).join('\n');
  const images: TestImage[] = [
    { reference: 'a:1', layers: [{ text: long }, { text: 'a' }] },
    { reference: 'b:1', layers: [{ text: long }] },
  ];
  const { path, report } = await buildBundle(nameOf('tar'), images);
  const [a, b] = report.manifest.images;
  const [layer] = b?.layers ?? [];
  if (layer === undefined) throw new Error('no layer');
  expect(a?.layers[0]).toEqual(layer);
  expect(layer.unpackedSize).toBeGreaterThan(2 * 1024 * 1024);
  expect(layer.size).toBeLessThan((layer.unpackedSize ?? 0) / 2);
  expect(report.manifest.sizes.unpacked).toBe(
    (a?.layers ?? []).reduce((sum, { unpackedSize = 0 }) => sum + unpackedSize, 0),
  );
  const stored = (await contentsOf(path)).get(blobPath(layer.digest)) ?? Buffer.alloc(0);
  const plain: Buffer[] = [];
  for await (const chunk of unzstd([stored] as unknown as AsyncIterable<Buffer>)) plain.push(chunk);
  expect(`sha256:${sha256(Buffer.concat(plain))}`).toBe(layer.diffId);
});

test('two names of one image both exist after the import', async () => {
  const layers = [{ text: 'a', compression: 'gzip' }] as const;
  const { path } = await buildBundle(nameOf('folder'), [
    { reference: 'team/a:1', layers },
    { reference: 'registry.local:5000/b:2', layers },
  ]);
  await imported(path);
  const names = (await target().listImages()).flatMap(({ references }) => references);
  expect(names.sort()).toEqual(['registry.local:5000/b:2', 'team/a:1']);
});

test('a new release replaces the old one, whose files stay', async () => {
  const old = await imported((await buildBundle(nameOf('folder', 'one'))).path);
  const next: TestImage[] = [
    { reference: 'shop-api:1.0', layers: [{ text: 'base' }, { text: 'v2' }] },
  ];
  const { path } = await buildBundle(nameOf('tar', 'two'), next, { version: '2.0' });
  const result = await imported(path);
  expect(await realpath(result.currentLink)).toBe(result.releaseDir);
  expect(result.releaseDir).not.toBe(old.releaseDir);
  expect(Object.keys(await snapshot(old.releaseDir))).toContain('docker-compose.yml');
  const names = (await target().listImages()).flatMap(({ references }) => references);
  expect(names.sort()).toEqual(['shop-api:1.0', 'shop-web:1.0']);
});

test('a product is not imported into an instance with releases of another one, even if that never ran', async () => {
  const name = 'shared';
  await imported((await buildBundle(nameOf('folder', 'one'))).path, { name });
  const before = await snapshot(join(work, 'state'));
  const other = await buildBundle(nameOf('folder', 'two'), undefined, { version: '2.0' });
  await rewrite(other.path, (contents) =>
    resign(contents, (manifest) => {
      manifest.product = 'library';
    }),
  );
  await expect(imported(other.path, { name })).rejects.toMatchObject({
    code: 'project-foreign',
    details: { expected: 'the application library', found: 'the application shop' },
  });
  expect(await snapshot(join(work, 'state'))).toEqual(before);
});
