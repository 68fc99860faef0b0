import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { ownMark } from '@bundle/files';
import { openManifest } from '@bundle/verify';
import { buildBundle, quiet } from '../../import/test/build-bundle.ts';
import { carriedPlugin } from '../src/carried-program.ts';
import { bundledRelease } from '../src/release.ts';
import { prepareRelease } from '../src/stage.ts';
import { instanceOf } from '../src/state-folder.ts';

let work: string;
let state: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'carried-'));
  state = join(work, 'state');
});
afterEach(() => rm(work, { recursive: true, force: true }));

/** Stages a release with plugins in it; returns the folder of its programs. */
async function release(version: string, plugins: Readonly<Record<string, Buffer>>) {
  const files = Object.entries(plugins).map(([plugin, bytes]) => ({
    ...{ path: `runtime/docker-${plugin}.zst`, bytes },
  }));
  const runtimes = async () => files;
  const { path } = await buildBundle(join(work, version), undefined, { version, runtimes });
  const opened = await openManifest(path);
  const staged = bundledRelease(opened, instanceOf(state, 'shop'));
  await (await prepareRelease(opened, staged, { executable: undefined, ...quiet })).moveIntoPlace();
  return join(staged.folder, 'runtime');
}

test('the Compose program of a release is unpacked once and then reused', async () => {
  expect(await carriedPlugin(join(work, 'absent'), 'compose')).toBeUndefined();
  const folder = await release('1.0', { compose: zstdCompressSync('the program') });
  const program = join(folder, 'docker-compose');
  expect(
    await Promise.all([carriedPlugin(state, 'compose'), carriedPlugin(state, 'compose')]),
  ).toEqual([program, program]);
  expect(await readFile(program, 'utf8')).toBe('the program');
  const { mode, ino } = await stat(program);
  expect(mode & 0o777).toBe(0o755);
  await release('0.9', { compose: zstdCompressSync('another') });
  expect(await carriedPlugin(state, 'compose')).toBe(program);
  expect((await stat(program)).ino).toBe(ino);
});

test('buildx is found beside Compose, in whichever release carries it', async () => {
  await release('1.0', { compose: zstdCompressSync('Compose') });
  expect(await carriedPlugin(state, 'buildx')).toBeUndefined();
  const folder = await release('2.0', { buildx: zstdCompressSync('buildx') });
  expect(await carriedPlugin(state, 'buildx')).toBe(join(folder, 'docker-buildx'));
  expect(await readFile(join(folder, 'docker-buildx'), 'utf8')).toBe('buildx');
});

test.each([
  ['not compressed with zstd', Buffer.from('no zstd')],
  ['cut short', zstdCompressSync('the program').subarray(0, -3)],
  ['larger than any Compose', zstdCompressSync(Buffer.alloc(257 * 1024 * 1024))],
])('one that is %s leaves nothing', async (_case, bytes) => {
  const folder = await release('1.0', { compose: bytes });
  await expect(carriedPlugin(state, 'compose')).rejects.toMatchObject({ code: 'manifest-invalid' });
  expect(await readdir(folder)).toEqual(['docker-compose.zst']);
});

test.each([
  ['has other bytes', (file: string) => writeFile(file, zstdCompressSync('somebody else'))],
  ['was cut short', (file: string) => truncate(file, 5)],
])('a packed program that %s than bundle.json says does not run', async (_case, damage) => {
  const folder = await release('1.0', { compose: zstdCompressSync('the program') });
  await damage(join(folder, 'docker-compose.zst'));
  await expect(carriedPlugin(state, 'compose')).rejects.toMatchObject({
    code: 'digest-mismatch',
    details: { subject: join(folder, 'docker-compose.zst') },
  });
  expect(await readdir(folder)).toEqual(['docker-compose.zst']);
});

test('an unpacked program that the disk has damaged is unpacked again', async () => {
  const folder = await release('1.0', { compose: zstdCompressSync('the program') });
  const program = (await carriedPlugin(state, 'compose')) ?? '';
  for (const damage of ['the pr0gram', '']) {
    await writeFile(program, damage);
    expect(await carriedPlugin(state, 'compose')).toBe(program);
    expect(await readFile(program, 'utf8')).toBe('the program');
  }
  // Nothing says what this one has to be.
  await rm(join(folder, 'docker-compose.json'));
  await writeFile(program, 'somebody else');
  await carriedPlugin(state, 'compose');
  expect(await readFile(program, 'utf8')).toBe('the program');
});

test('what a killed run left of an unpacked program is removed by the next one', async () => {
  const folder = await release('1.0', { compose: zstdCompressSync('the program') });
  const dead = (await ownMark()).replace(/-\d+-/, '-1-');
  const left = `.docker-compose.0e7bfb80-0000-4000-8000-000000000000.partial-${dead}`;
  await writeFile(join(folder, left), 'half');
  await carriedPlugin(state, 'compose');
  expect((await readdir(folder)).filter((name) => name.includes('partial'))).toEqual([]);
});

test('a plugin shared with a pruned release is compared with the digest that its bundle had', async () => {
  const one = await release('1.0', { buildx: zstdCompressSync('buildx') });
  const two = await release('2.0', {});
  await rm(dirname(one), { recursive: true });
  expect(await carriedPlugin(state, 'buildx')).toBe(join(two, 'docker-buildx'));
  await rm(join(two, 'docker-buildx'));
  await writeFile(join(two, 'docker-buildx.zst'), zstdCompressSync('somebody else'));
  await expect(carriedPlugin(state, 'buildx')).rejects.toMatchObject({ code: 'digest-mismatch' });
});
