import {
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLayoutEngine } from '@bundle/engine';
import { checksumsText } from '@bundle/format';
import { snapshot } from '@bundle/testkit';
import { openManifest } from '@bundle/verify';
import { importBundle } from '../../import/src/import.ts';
import { buildBundle, quiet } from '../../import/test/build-bundle.ts';
import { programsThere } from '../src/shared-file.ts';
import {
  checkState,
  isCurrent,
  type ProductState,
  prepareRelease,
  productState,
  switchCurrent,
  withLock,
} from '../src/state.ts';

let work: string;
beforeEach(async () => {
  work = await realpath(await mkdtemp(join(tmpdir(), 'state-')));
});
afterEach(() => rm(work, { recursive: true, force: true }));

async function opened(name: string, version: string) {
  const { path } = await buildBundle(join(work, name), undefined, { version });
  const bundle = await openManifest(path);
  const state = productState(join(work, 'state'), bundle.manifest, bundle.digest);
  return { ...bundle, path, state };
}
type Opened = Awaited<ReturnType<typeof opened>>;
const stage = async ({ source, manifest, state }: Opened, executable?: string): Promise<void> =>
  (await prepareRelease(source, manifest, state, executable)).moveIntoPlace();
const install = async (bundle: Opened): Promise<void> => {
  await stage(bundle);
  await switchCurrent(bundle.state);
};

test('a release is current when it is staged and switched to, and until another one is', async () => {
  const [one, two] = [await opened('one', '1.0'), await opened('two', '2.0')];
  expect(await isCurrent(one.state)).toBe(false);
  await withLock(one.state, () => stage(one));
  expect(await isCurrent(one.state)).toBe(false);
  await switchCurrent(one.state);
  expect(await isCurrent(one.state)).toBe(true);
  await install(two);
  expect([await isCurrent(one.state), await isCurrent(two.state)]).toEqual([false, true]);
  await switchCurrent(one.state);
  expect(await isCurrent(one.state)).toBe(true);
  expect(await readlink(one.state.currentLink)).toMatch(/^releases\/1\.0-[0-9a-f]{12}$/);
});

test('a release that carries no command keeps the one that staged it', async () => {
  const one = await opened('one', '1.0');
  const executable = join(work, 'stick-bundle');
  await writeFile(executable, 'the command');
  await withLock(one.state, () => stage(one, executable));
  const kept = join(one.state.releaseDir, 'runtime/bundle');
  expect(await readFile(kept, 'utf8')).toBe('the command');
  expect((await stat(kept)).mode & 0o777).toBe(0o755);
});

test('releases on one host have one copy of the command, as long as it is the same', async () => {
  const [one, two, three] = [
    await opened('one', '1.0'),
    await opened('two', '2.0'),
    await opened('three', '3.0'),
  ];
  const executable = join(work, 'stick-bundle');
  await writeFile(executable, 'the command');
  const keep = (release: Opened) => withLock(release.state, () => stage(release, executable));
  await keep(one);
  await keep(two);
  // Of the same length, so that only its bytes tell.
  await writeFile(executable, 'The Command');
  await keep(three);
  const [first, second, third] = await Promise.all(
    [one, two, three].map(({ state }) => stat(join(state.releaseDir, 'runtime/bundle'))),
  );
  expect(second?.ino).toBe(first?.ino);
  expect(third?.ino).not.toBe(first?.ino);
  await rm(one.state.releaseDir, { recursive: true });
  expect(await readFile(join(two.state.releaseDir, 'runtime/bundle'), 'utf8')).toBe('the command');
});

test('programs that a staged release lists are known to be there', async () => {
  const one = await opened('one', '1.0');
  const program = { path: 'runtime/bundle', size: 1, sha256: 'a'.repeat(64) };
  const stateDir = join(work, 'state');
  expect(await programsThere(stateDir, { files: [program] })).toEqual(new Set());
  await mkdir(one.state.releaseDir, { recursive: true });
  await writeFile(join(one.state.releaseDir, 'checksums.sha256'), checksumsText([program], ''));
  expect(await programsThere(stateDir, { files: [program] })).toEqual(new Set([program.path]));
  const other = { ...program, sha256: 'b'.repeat(64) };
  expect(await programsThere(stateDir, { files: [other] })).toEqual(new Set());
});

test('what an interrupted staging left is replaced, and no half release is ever seen', async () => {
  const one = await opened('one', '1.0');
  await withLock(one.state, () => install(one));
  const whole = await snapshot(one.state.root);
  await rm(one.state.root, { recursive: true });
  await mkdir(`${one.state.releaseDir}.partial`, { recursive: true });
  await writeFile(join(`${one.state.releaseDir}.partial`, 'bundle.json'), 'half');
  await writeFile(`${one.state.currentLink}.next`, 'half');
  await withLock(one.state, () => install(one));
  expect(await snapshot(one.state.root)).toEqual(whole);
});

test('a second import of the same product is told that the first one is under way', async () => {
  const one = await opened('one', '1.0');
  const engine = createLayoutEngine(join(work, 'target'));
  const options = { bundle: one.path, stateDir: join(work, 'state'), dryRun: false, ...quiet };
  await withLock(one.state, () =>
    expect(importBundle(engine, options)).rejects.toMatchObject({ code: 'busy', exitCode: 44 }),
  );
  expect(await engine.listImages()).toEqual([]);
  expect((await importBundle(engine, options)).outcome).toBe('imported');
});

test('a failure gives the lock back', async () => {
  const { state } = await opened('one', '1.0');
  await expect(withLock(state, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await withLock(state, async () => 'free')).toBe('free');
});

test('a state folder that cannot be is told before anything is loaded', async () => {
  const one = await opened('one', '1.0');
  await writeFile(join(work, 'state'), 'a file');
  const engine = createLayoutEngine(join(work, 'target'));
  const options = { bundle: one.path, stateDir: join(work, 'state'), dryRun: false, ...quiet };
  await expect(importBundle(engine, options)).rejects.toMatchObject({ code: 'state-unwritable' });
  expect(await engine.listImages()).toEqual([]);
});

test('looking whether the state folder can be written leaves nothing of the product', async () => {
  const { state } = await opened('one', '1.0');
  await checkState(state satisfies ProductState);
  expect(await snapshot(join(work, 'state'))).toEqual({});
});
