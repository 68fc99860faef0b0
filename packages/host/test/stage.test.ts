import {
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createLayoutEngine } from '@bundle/engine';
import { checksumsText, keptMounts } from '@bundle/format';
import { snapshot } from '@bundle/testkit';
import { openManifest } from '@bundle/verify';
import { importBundle } from '../../import/src/import.ts';
import { buildBundle, quiet } from '../../import/test/build-bundle.ts';
import { isCurrent, switchCurrent } from '../src/current.ts';
import { withLock } from '../src/lock/lock.ts';
import { bundledRelease } from '../src/release.ts';
import { programsThere } from '../src/shared-file.ts';
import { checkState, prepareRelease } from '../src/stage.ts';
import { instanceOf, placesOf } from '../src/state-folder.ts';

let work: string;
beforeEach(async () => {
  work = await realpath(await mkdtemp(join(tmpdir(), 'state-')));
});
afterEach(() => rm(work, { recursive: true, force: true }));

async function opened(name: string, version: string, more: Parameters<typeof buildBundle>[2] = {}) {
  const { path } = await buildBundle(join(work, name), undefined, { version, ...more });
  const bundle = await openManifest(path);
  const instance = instanceOf(join(work, 'state'), bundle.manifest.product);
  return { ...bundle, path, instance, release: bundledRelease(bundle, instance) };
}
type Opened = Awaited<ReturnType<typeof opened>>;
const stage = async ({ release, ...opened }: Opened, executable?: string): Promise<void> =>
  (await prepareRelease(opened, release, { executable, ...quiet })).moveIntoPlace();
const install = async (bundle: Opened): Promise<void> => {
  await stage(bundle);
  await switchCurrent(bundle.release);
};

test('a release is current once it is staged and switched to, until another one is', async () => {
  const [one, two] = [await opened('one', '1.0'), await opened('two', '2.0')];
  expect(await isCurrent(one.release)).toBe(false);
  await withLock(one.instance, quiet.signal, () => stage(one));
  expect(await isCurrent(one.release)).toBe(false);
  await switchCurrent(one.release);
  expect(await isCurrent(one.release)).toBe(true);
  await install(two);
  expect([await isCurrent(one.release), await isCurrent(two.release)]).toEqual([false, true]);
  await switchCurrent(one.release);
  expect(await isCurrent(one.release)).toBe(true);
  expect(await readlink(placesOf(one.instance).current)).toMatch(/^releases\/1\.0-[0-9a-f]{12}$/);
});

test('a release of several platforms that another engine staged is for the engine of the last import', async () => {
  const one = await opened('one', '1.0');
  const stageFor = async (architecture: string): Promise<string> => {
    const manifest = { ...one.manifest, platform: { os: 'linux', architecture } };
    const release = { ...one.release, manifest };
    await stage({ ...one, whole: one.manifest, release });
    return readFile(join(one.release.folder, '.bundle-platform'), 'utf8');
  };
  for (const architecture of ['amd64', 'arm64', 'arm64', 'amd64'])
    expect(await stageFor(architecture)).toBe(`linux/${architecture}\n`);
});

test('a release that carries no command keeps the one that staged it', async () => {
  const one = await opened('one', '1.0');
  const executable = join(work, 'stick-bundle');
  await writeFile(executable, 'the command');
  await withLock(one.instance, quiet.signal, () => stage(one, executable));
  const kept = join(one.release.folder, 'runtime/bundle');
  expect(await readFile(kept, 'utf8')).toBe('the command');
  expect((await stat(kept)).mode & 0o777).toBe(0o755);
});

test('releases on one host share one copy of the same command', async () => {
  const [one, two, three] = [
    await opened('one', '1.0'),
    await opened('two', '2.0'),
    await opened('three', '3.0'),
  ];
  const executable = join(work, 'stick-bundle');
  await writeFile(executable, 'the command');
  const keep = (release: Opened) =>
    withLock(release.instance, quiet.signal, () => stage(release, executable));
  await keep(one);
  await keep(two);
  // Of the same length, so that only its bytes tell.
  await writeFile(executable, 'The Command');
  await keep(three);
  const [first, second, third] = await Promise.all(
    [one, two, three].map(({ release }) => stat(join(release.folder, 'runtime/bundle'))),
  );
  expect(second?.ino).toBe(first?.ino);
  expect(third?.ino).not.toBe(first?.ino);
  await rm(one.release.folder, { recursive: true });
  expect(await readFile(join(two.release.folder, 'runtime/bundle'), 'utf8')).toBe('the command');
});

test('a release that carries no plugin shares that of another one, which may then be pruned', async () => {
  const packed = 'runtime/docker-buildx.zst';
  const runtimes = async () => [{ path: packed, bytes: Buffer.from('buildx') }];
  const [one, two] = [await opened('one', '1.0', { runtimes }), await opened('two', '2.0')];
  await withLock(one.instance, quiet.signal, () => install(one));
  await withLock(two.instance, quiet.signal, () => install(two));
  const [first, second] = await Promise.all(
    [one, two].map(({ release }) => stat(join(release.folder, packed))),
  );
  expect(second?.ino).toBe(first?.ino);
  await rm(one.release.folder, { recursive: true });
  expect(await readFile(join(two.release.folder, packed), 'utf8')).toBe('buildx');
});

test('programs listed by a staged release are known to be present', async () => {
  const one = await opened('one', '1.0');
  const program = { path: 'runtime/bundle', size: 1, sha256: 'a'.repeat(64) };
  const stateDir = join(work, 'state');
  expect(await programsThere(stateDir, { files: [program] })).toEqual(new Set());
  await mkdir(one.release.folder, { recursive: true });
  await writeFile(join(one.release.folder, 'checksums.sha256'), checksumsText([program], ''));
  expect(await programsThere(stateDir, { files: [program] })).toEqual(new Set([program.path]));
  const other = { ...program, sha256: 'b'.repeat(64) };
  expect(await programsThere(stateDir, { files: [other] })).toEqual(new Set());
});

test('leftovers of an interrupted staging are replaced, and no partial release ever appears', async () => {
  const one = await opened('one', '1.0');
  await withLock(one.instance, quiet.signal, () => install(one));
  const whole = await snapshot(one.instance.root);
  await rm(one.instance.root, { recursive: true });
  await mkdir(`${one.release.folder}.partial`, { recursive: true });
  await writeFile(join(`${one.release.folder}.partial`, 'bundle.json'), 'half');
  await writeFile(`${placesOf(one.instance).current}.next`, 'half');
  await withLock(one.instance, quiet.signal, () => install(one));
  expect(await snapshot(one.instance.root)).toEqual(whole);
});

test('a second import of the same product fails while the first is in progress', async () => {
  const one = await opened('one', '1.0');
  const engine = createLayoutEngine(join(work, 'target'));
  const options = { bundle: one.path, stateDir: join(work, 'state'), dryRun: false, ...quiet };
  await withLock(one.instance, quiet.signal, () =>
    expect(importBundle(engine, options)).rejects.toMatchObject({ code: 'busy', exitCode: 44 }),
  );
  expect(await engine.listImages()).toEqual([]);
  expect((await importBundle(engine, options)).outcome).toBe('imported');
});

test('a failure releases the lock', async () => {
  const { instance } = await opened('one', '1.0');
  await expect(
    withLock(instance, quiet.signal, () => Promise.reject(new Error('no'))),
  ).rejects.toThrow('no');
  expect(await withLock(instance, quiet.signal, async () => 'free')).toBe('free');
});

test('an impossible state folder is reported before anything is loaded', async () => {
  const one = await opened('one', '1.0');
  await writeFile(join(work, 'state'), 'a file');
  const engine = createLayoutEngine(join(work, 'target'));
  const options = { bundle: one.path, stateDir: join(work, 'state'), dryRun: false, ...quiet };
  await expect(importBundle(engine, options)).rejects.toMatchObject({ code: 'state-unwritable' });
  expect(await engine.listImages()).toEqual([]);
});

test('checking whether the state folder is writable leaves nothing behind', async () => {
  const { instance } = await opened('one', '1.0');
  await checkState(instance);
  expect(await snapshot(join(work, 'state'))).toEqual({});
});

test.each([0o000, 0o077])(
  'with a umask of %i the state is private, and a release can be mounted',
  async (mask) => {
    const one = await opened('one', '1.0');
    const before = process.umask(mask);
    try {
      await withLock(one.instance, quiet.signal, () => install(one));
    } finally {
      process.umask(before);
    }
    const { root, stateDir } = one.instance;
    const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
    const own = [stateDir, root, placesOf(one.instance).releases];
    expect(await Promise.all(own.map(modeOf))).toEqual(['700', '700', '700']);
    const { folder } = one.release;
    expect(await modeOf(folder)).toBe('755');
    expect(await modeOf(join(folder, 'scripts'))).toBe('755');
    expect(await modeOf(join(folder, 'scripts/start.sh'))).toBe('755');
    expect(await modeOf(join(folder, 'docker-compose.yml'))).toBe('644');
  },
);

test('all files and folders of a release are synced before it moves into place', async () => {
  const one = await opened('one', '1.0');
  const handle = await open(work, 'r');
  await handle.close();
  const prototype: { sync: () => Promise<void> } = Object.getPrototypeOf(handle);
  const real = prototype.sync;
  const synced: string[] = [];
  prototype.sync = async function sync(this: FileHandle) {
    synced.push(await readlink(`/proc/self/fd/${this.fd}`));
    return real.call(this);
  };
  try {
    await prepareRelease(one, one.release, quiet);
  } finally {
    prototype.sync = real;
  }
  const partial = `${one.release.folder}.partial`;
  // The link is an entry of its folder, and nothing more.
  const found = await readdir(partial, { recursive: true });
  const all = found.filter((path) => path !== keptMounts).map((path) => join(partial, path));
  expect([...new Set(synced)].sort()).toEqual([partial, ...all].sort());
  // A folder after all that is in it.
  for (const path of all)
    expect(synced.indexOf(dirname(path))).toBeGreaterThan(synced.indexOf(path));
});
