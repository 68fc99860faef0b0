import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suggestedName } from '../src/product-name.ts';

let work: string;
beforeEach(async () => {
  work = await realpath(await mkdtemp(join(tmpdir(), 'names-')));
});
afterEach(() => rm(work, { recursive: true, force: true }));

async function folder(path: string): Promise<string> {
  const made = join(work, path);
  await mkdir(made, { recursive: true });
  return made;
}

test.each([
  ['wiki/docker', 'wiki'],
  ['wiki/.docker', 'wiki'],
  ['wiki/deploy/compose', 'wiki'],
  ['wiki/Docker', 'wiki'],
  ['My Wiki/docker', 'mywiki'],
  ['wiki/deployments/prod', 'wiki'],
  ['wiki', undefined],
  ['docker/wiki', undefined],
  ['docker-wiki', undefined],
])('a Compose file in %s', async (path, name) => {
  expect(await suggestedName(await folder(path))).toBe(name);
});

test('above a name of which Compose keeps nothing, folders are called after something else', async () => {
  await folder('outer/病房/docker');
  expect(await suggestedName(join(work, 'outer/病房/docker'))).toBeUndefined();
});

test('a repository is not looked beyond; its own name counts', async () => {
  const root = await folder('workspace/docker');
  await mkdir(join(root, '.git'));
  expect(await suggestedName(root)).toBeUndefined();
  const config = (url: string) =>
    writeFile(
      join(root, '.git/config'),
      `[core]\n\tbare = false\n[remote "origin"]\n\turl = ${url}\n\tfetch = x\n`,
    );
  await config('git@git.invalid:team/wiki.git');
  expect(await suggestedName(root)).toBe('wiki');
  expect(await suggestedName(await folder('workspace/docker/deploy'))).toBe('wiki');
  await config('https://git.invalid/team/docker/');
  expect(await suggestedName(root)).toBeUndefined();
});

test('a linked working tree, whose .git is a file, has no other name', async () => {
  const root = await folder('tree/docker');
  await writeFile(join(root, '.git'), 'gitdir: /elsewhere\n');
  expect(await suggestedName(root)).toBeUndefined();
});

test.each(['/docker', '/opt/docker', '/srv/deploy/docker'])(
  'folders of the system give no name: %s',
  async (path) => {
    expect(await suggestedName(path)).toBeUndefined();
  },
);

test('nor does the home folder', async () => {
  const place = await folder('me/docker');
  expect(await suggestedName(place, dirname(place))).toBeUndefined();
});
