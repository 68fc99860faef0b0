import { open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { limits, paths } from '@bundle/format';
import { sampleManifest } from '@bundle/testkit';
import { buildBundle, resign, rewrite, sha256 } from '../../../import/test/build-bundle.ts';
import { tarFileHeader } from '../../../store/src/tar-format.ts';
import { bundle } from '../run-bundle.ts';
import { list, OfflineHost } from './offline-host.ts';

// The heap of the command is kept small, so that what is not bounded ends it.

let host: OfflineHost;
let path: string;
beforeAll(async () => {
  host = await OfflineHost.make();
});
afterAll(() => host.remove());
beforeEach(async () => {
  path = host.at('newer');
  await rm(path, { recursive: true, force: true });
  await rm(`${path}.layout`, { recursive: true, force: true });
  await buildBundle(path, undefined, { version: '2.0', sequence: 20 });
});

/** Imports with little memory; the bundle must be refused with one of these exit codes, and nothing changed. */
async function refused(codes: readonly number[]): Promise<void> {
  const before = await host.now();
  const started = performance.now();
  const options = { env: { NODE_OPTIONS: '--max-old-space-size=150' } };
  const { code, stderr } = await bundle(host.words(path), options);
  expect({ codes, code, stderr: stderr.slice(0, 2000) }).toMatchObject({
    code: codes.find((one) => one === code) ?? codes[0],
  });
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(stderr.length).toBeLessThan(20_000);
  expect(await host.leavesDocker(path, [], options)).toBe(code);
  expect(await host.now()).toEqual(before);
}

test('row 36: a layer that expands 8,000 times is carried as it is, in little memory', async () => {
  const bomb = zstdCompressSync(Buffer.alloc(256e6));
  expect(bomb.length).toBeLessThan(40_000);
  await rewrite(path, (contents) => {
    contents.set('conf/bomb.zst', bomb);
    resign(contents, (manifest) => {
      list(manifest, { path: 'conf/bomb.zst', size: bomb.length, sha256: sha256(bomb) });
    });
  });
  const { code } = await bundle(['verify', path], {
    env: { NODE_OPTIONS: '--max-old-space-size=60' },
  });
  expect(code).toBe(0);
});

test('row 36: an index.json and a signature larger than any are not read', async () => {
  const file = await open(join(path, paths.signature), 'w');
  await file.truncate(50e9);
  await file.close();
  await refused([57]);
  await rm(join(path, paths.signature));
  await rewrite(path, (contents) => {
    contents.set(paths.imageIndex, Buffer.alloc(limits.maxImageJsonBytes * 8, ' '));
    resign(contents, () => undefined);
  });
  await refused([57]);
});

const withFiles = (list: string): string =>
  JSON.stringify({ ...sampleManifest(), files: 'LIST' }).replace('"LIST"', () => list);

test.each([
  ['17 MiB of spaces', () => ' '.repeat(17 * 2 ** 20)],
  ['8 million levels', () => '['.repeat(8_000_000)],
  ['a million empty files', () => withFiles(`[${'{},'.repeat(999_999)}{}]`)],
  ['a string of 16 million characters', () => `"${'x'.repeat(16_000_000)}"`],
  ['a number of 15 million digits', () => withFiles('9'.repeat(15_000_000))],
  ['a million keys', () => `{${Array.from({ length: 900_000 }, (_, n) => `"${n}":1`).join(',')}}`],
])('row 37: a bundle.json of %s is refused before it takes memory', async (_what, text) => {
  await writeFile(join(path, paths.manifest), text());
  await refused([54, 57, 62]);
});

test('row 38: a single file with more entries than a bundle may have is refused', async () => {
  await rm(path, { recursive: true });
  const file = await open(path, 'w');
  await file.write(tarFileHeader(paths.manifest, 0, false, new Date(0)));
  const block = 20_000;
  for (let first = 0; first <= limits.maxBundleFiles * 3; first += block) {
    const names = Array.from({ length: block }, (_, n) => `f${first + n}`);
    await file.write(
      Buffer.concat(names.map((name) => tarFileHeader(name, 0, false, new Date(0)))),
    );
  }
  await file.close();
  await refused([56]);
});
