import { chmod, lstat, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Mount } from '@bundle/compose';
import type { BundleManifest, LeftOut } from '@bundle/format';
import { behindClosedDoors, sampleManifest } from '@bundle/testkit';
import {
  instanceOf,
  isMadeByStart,
  keepMounts,
  mountProblems,
  mountProblemsHint,
  mountProblemText,
  placeOfMount,
  stagedNames,
} from '../src/index.ts';

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'mounts-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

const name = '1.0-111111111111';
function release(leftOut: readonly LeftOut[] = []) {
  const instance = instanceOf(work, 'shop');
  const file = { size: 1, sha256: '0'.repeat(64) };
  const manifest = {
    ...sampleManifest(),
    leftOut: [...leftOut],
    files: [
      { ...file, path: 'conf/app.conf' },
      { ...file, path: '_parent/up.conf' },
    ],
  };
  return { instance, manifest, folder: join(instance.root, 'releases', name) };
}

const bind = (source: string, more: Partial<Mount> = {}): Mount => ({
  ...{ service: 'web', kind: 'bind', source, target: '/x', readOnly: false, created: true },
  ...more,
});
const left = (was: NonNullable<LeftOut['was']>, target = '/x'): LeftOut => ({
  ...{ service: 'web', source: './x', reason: 'data', target, was },
});
async function put(path: string, text?: string): Promise<void> {
  await mkdir(text === undefined ? path : dirname(path), { recursive: true });
  if (text !== undefined) await writeFile(path, text);
}

test.each([
  ['a file of the release', 'releases/R/conf/app.conf', 'packed', 'releases/R/conf/app.conf'],
  ['a folder of the release', 'releases/R/conf', 'packed', 'releases/R/conf'],
  ['a folder that did not come along', 'releases/R/data', 'kept', 'mounts/data'],
  ['one whose name only begins alike', 'releases/R/con', 'kept', 'mounts/con'],
  ['one by the link', 'releases/R/.mounts/a/b', 'kept', 'mounts/a/b'],
  ['one by its place', 'mounts/a', 'kept', 'mounts/a'],
  ['a copy of a file', 'files/0123/app.conf', 'packed', 'files/0123/app.conf'],
  ['a folder beside releases', 'releases/conf', 'forbidden', 'releases/conf'],
  [
    'a file of another release',
    'releases/2.0-222222222222/x',
    'forbidden',
    'releases/2.0-222222222222/x',
  ],
  ['the journal', 'journal.json', 'forbidden', 'journal.json'],
  ['a folder of the host', '../srv', 'host', '../srv'],
])('%s', (_case, path, kind, place) => {
  const { instance, ...rest } = release();
  const at = (text: string): string => join(instance.root, text.replace('/R/', `/${name}/`));
  expect(placeOfMount({ instance, ...rest }, at(path))).toEqual({ kind, path: at(place) });
});

test.each<[LeftOut['was'], 'nothing' | 'file' | 'folder', string | undefined]>([
  ['file', 'nothing', 'missing file'],
  ['file', 'folder', 'taken'],
  ['file', 'file', undefined],
  ['folder', 'nothing', 'missing folder'],
  ['folder', 'folder', undefined],
  ['empty', 'nothing', undefined],
  ['nothing', 'nothing', undefined],
])('what was %s and is %s here', async (was, here, problem) => {
  const own = release([left(was ?? 'nothing', '/x/')]);
  const path = join(own.instance.root, 'mounts/x');
  if (here !== 'nothing') await put(path, here === 'file' ? 'text' : undefined);
  const found = await mountProblems(own, [bind(join(own.folder, 'x'))]);
  expect(found).toEqual(problem === undefined ? [] : [{ services: ['web'], path, problem }]);
});

test('a path that no bundle left out has to be there, for the bundle had it; older bundles do not say', async () => {
  const nowhere = bind(join(work, 'nowhere'));
  expect(await mountProblems(release([left('empty', '/other')]), [nowhere])).toMatchObject([
    { problem: 'missing' },
  ]);
  const older: BundleManifest['leftOut'] = [{ service: 'web', source: './x', reason: 'data' }];
  expect(await mountProblems(release(older), [nowhere])).toEqual([]);
  expect(await mountProblems(release(older), [{ ...nowhere, created: false }])).toMatchObject([
    { problem: 'missing' },
  ]);
});

test('a folder that was empty where the bundle was made is made, whatever Compose says of it', async () => {
  const own = release([left('empty')]);
  const strict = bind(join(own.folder, 'x'), { created: false });
  expect(await mountProblems(own, [strict])).toEqual([]);
  expect(isMadeByStart(own, strict)).toBe(true);
  expect(isMadeByStart(release([left('nothing')]), strict)).toBe(false);
});

test('a folder that is missing is named once, with all that mount it or something in it', async () => {
  const own = release([left('folder'), { ...left('file', '/y'), service: 'api' }]);
  const found = await mountProblems(own, [
    bind(join(own.folder, 'x')),
    bind(join(own.folder, 'x/y.conf'), { service: 'api', target: '/y' }),
  ]);
  expect(found.map(mountProblemText)).toEqual([
    `the folder ${own.instance.root}/mounts/x, mounted by web, api, is not there, and had files in it where the bundle was made`,
  ]);
  expect(mountProblemsHint(found)).toContain('mkdir -p');
});

test('a mount that only root may look for is no problem, since the engine opens it', async () => {
  await chmod(work, 0o755);
  const own = release([left('file')]);
  await behindClosedDoors(join(work, 'root'), async () => {
    expect(await mountProblems(own, [bind(join(work, 'root/secret'))])).toEqual([]);
  });
  expect(await mountProblems(own, [bind(join(work, 'root/secret'))])).toHaveLength(1);
});

test('a setting that leads to where releases are is refused', async () => {
  const own = release();
  const found = await mountProblems(own, [bind(join(own.folder, '../conf'))]);
  expect(found).toMatchObject([{ problem: 'forbidden' }]);
});

test('data that lies in the folder of an earlier release counts, and goes where all releases have it', async () => {
  const own = release([left('folder')]);
  const earlier = join(own.instance.root, 'releases/0.9-000000000000');
  await put(join(earlier, 'data/x/users'), 'everybody');
  const mounts = [bind(join(own.folder, 'data/x'))];
  expect(await mountProblems(own, mounts)).toHaveLength(1);
  expect(await mountProblems(own, mounts, [earlier])).toEqual([]);
  for (let again = 0; again < 2; again++) await keepMounts(own, mounts, [earlier]);
  const kept = join(own.instance.root, 'mounts/data/x/users');
  expect(await readFile(kept, 'utf8')).toBe('everybody');
  // The container that has it open, and one that starts again, see the same.
  expect((await lstat(join(earlier, 'data/x'))).isSymbolicLink()).toBe(true);
  await writeFile(join(earlier, 'data/x/users'), 'one more');
  expect(await readFile(kept, 'utf8')).toBe('one more');
});

test('a folder beside releases that no import made is no release', async () => {
  const { instance } = release();
  for (const folder of [name, 'conf', 'docs-1.0', '2.0-22222222222g'])
    await put(join(instance.root, 'releases', folder));
  expect(await stagedNames(instance)).toEqual([name]);
});

test('a socket that is not there keeps an application from starting, whatever was there before', async () => {
  const { instance, folder, manifest } = release([left('nothing')]);
  const found = (source: string) => mountProblems({ instance, folder, manifest }, [bind(source)]);
  expect(await found(join(work, 'run/other.sock'))).toMatchObject([{ problem: 'missing file' }]);
  expect(await found(join(work, 'run/other'))).toEqual([]);
});

test('the folder of a volume is made where it was empty, and has to be brought where it was not', async () => {
  const volume = bind(join(release().folder, '.mounts/data'), { created: false, volume: 'data' });
  const path = join(work, 'shop/mounts/data');
  expect(await mountProblems(release([left('folder')]), [volume])).toMatchObject([
    { path, problem: 'missing folder' },
  ]);
  const empty = release([left('empty')]);
  expect(await mountProblems(empty, [volume])).toEqual([]);
  await keepMounts(empty, [volume], []);
  expect((await lstat(path)).isDirectory()).toBe(true);
});
