import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseYamlDocument } from '@bundle/format/yaml';
import { bundle, startOnTerminal, Talk } from './run-bundle.ts';

let cwd: string;
const compose = `name: shop
services:
  api: { build: ./api, profiles: [cpu] }
  gpu: { image: "api:gpu", profiles: [gpu] }
  web: { image: "nginx:1" }
`;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'init-'));
  await writeFile(join(cwd, 'compose.yml'), compose);
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

async function written(name: string): Promise<unknown> {
  return parseYamlDocument(await readFile(join(cwd, name), 'utf8'), name).value;
}

test('init --yes writes a spec that validates, and says what to type next', async () => {
  const { code, stdout } = await bundle(['init', '--yes'], { cwd });
  expect({ code, stdout }).toMatchObject({ code: 0 });
  expect(stdout).toContain('Wrote shop.bundle.yaml, for api, gpu, web');
  expect(stdout).toContain('bundle export shop.bundle.yaml --dry-run');
  const spec = { schemaVersion: 1, product: 'shop', compose: 'compose.yml' };
  expect(await written('shop.bundle.yaml')).toEqual(spec);
  expect((await bundle(['validate', 'shop.bundle.yaml'], { cwd })).code).toBe(0);
});

test('init never overwrites, neither a file nor through a link', async () => {
  await writeFile(join(cwd, 'shop.bundle.yaml'), 'mine');
  await symlink(join(cwd, 'elsewhere'), join(cwd, 'link.yaml'));
  for (const output of ['shop.bundle.yaml', 'link.yaml']) {
    const { code, stderr } = await bundle(['init', '--yes', '-o', output], { cwd });
    expect({ output, code }).toEqual({ output, code: 40 });
    expect(stderr).toContain('What to do:');
  }
  expect(await readFile(join(cwd, 'shop.bundle.yaml'), 'utf8')).toBe('mine');
  expect(await readdir(cwd)).not.toContain('elsewhere');
});

test('init --force replaces a spec, also one that is not valid', async () => {
  const old = 'schemaVersion: 1\ncompose: old.yml\nproduct: [\n';
  await writeFile(join(cwd, 'shop.bundle.yaml'), old);
  const refused = await bundle(['init', '--yes'], { cwd });
  expect(refused.code).toBe(40);
  expect(refused.stderr).toContain('found:    a bundle spec');
  expect(refused.stderr).toContain('replace it with --force');
  expect(await readFile(join(cwd, 'shop.bundle.yaml'), 'utf8')).toBe(old);
  const { code } = await bundle(['init', '--yes', '--force'], { cwd });
  expect(code).toBe(0);
  expect(await written('shop.bundle.yaml')).toMatchObject({ compose: 'compose.yml' });
  expect((await readdir(cwd)).sort()).toEqual(['compose.yml', 'shop.bundle.yaml']);
});

test('init --force replaces neither a Compose file nor a folder nor any other file', async () => {
  await mkdir(join(cwd, 'folder'));
  await writeFile(join(cwd, 'notes.txt'), 'mine');
  for (const output of ['compose.yml', 'folder', 'notes.txt']) {
    const { code, stderr } = await bundle(['init', '--yes', '--force', '-o', output], { cwd });
    expect({ output, code }).toEqual({ output, code: 40 });
    expect(stderr).toContain('--force replaces only bundle specs');
  }
  expect(await readFile(join(cwd, 'compose.yml'), 'utf8')).toBe(compose);
  expect(await readFile(join(cwd, 'notes.txt'), 'utf8')).toBe('mine');
});

test('init --dry-run prints the spec and writes nothing', async () => {
  const { code, stdout } = await bundle(['init', '--dry-run'], { cwd });
  expect(code).toBe(0);
  expect(parseYamlDocument(stdout, 'stdout').value).toMatchObject({ product: 'shop' });
  expect(await readdir(cwd)).toEqual(['compose.yml']);
});

test('paths are relative to the spec, files in their order, a version stays a string', async () => {
  await mkdir(join(cwd, 'deploy'));
  await writeFile(join(cwd, 'prod.yml'), 'services: { web: { restart: always } }\n');
  const files = ['-f', 'compose.yml', '-f', 'prod.yml', '--release-version', '1.0'];
  const { code } = await bundle(['init', ...files, '-o', 'deploy/s.yaml'], { cwd });
  expect(code).toBe(0);
  expect(await written('deploy/s.yaml')).toMatchObject({
    compose: ['../compose.yml', '../prod.yml'],
    version: '1.0',
  });
});

test('on a terminal it asks, refuses what does not fit, and takes the answers', async () => {
  const session = new Talk(startOnTerminal(['init'], { cwd }));
  await session.shows('Name of the application');
  session.type('My Shop\r');
  await session.shows('a Compose project name');
  session.type('\u0015');
  await session.answer('kiosk');
  await session.shows('Version of the release');
  await session.answer('2.0.0');
  await session.shows('Profiles to pack, of cpu, gpu');
  session.type('npu\r');
  await session.shows('There is no profile npu.');
  session.type('\u0015');
  await session.answer('cpu');
  await session.shows('Platform of the offline host?');
  await session.answer('3');
  await session.shows('Shall api be rebuilt there');
  await session.answer('y');
  await session.shows('Pack the source');
  await session.answer('n');
  expect((await session.result).code).toBe(0);
  expect(await written('kiosk.bundle.yaml')).toEqual({
    schemaVersion: 1,
    product: 'kiosk',
    version: '2.0.0',
    compose: 'compose.yml',
    profiles: ['cpu'],
    platform: 'linux/arm64',
    rebuild: true,
    withSource: false,
  });
});

test('Ctrl-C at a question writes nothing', async () => {
  const session = new Talk(startOnTerminal(['init'], { cwd }));
  await session.shows('Name of the application');
  session.type('\u0003');
  expect((await session.result).code).toBe(130);
  expect(await readdir(cwd)).toEqual(['compose.yml']);
});

test.each([
  ['no Compose file', '', 10],
  ['a file without services', 'volumes: {}\n', 11],
  ['a file that is not YAML', 'services: [\n', 11],
])('with %s it fails and says what to do', async (_, text, exit) => {
  if (text === '') await rm(join(cwd, 'compose.yml'));
  else await writeFile(join(cwd, 'compose.yml'), text);
  const { code, stderr } = await bundle(['init', '--yes'], { cwd });
  expect(code).toBe(exit);
  expect(stderr).toContain('What to do:');
});

test('a wrong name of a Compose file is answered with the Compose files beside it', async () => {
  for (const named of [['compse.yml'], ['-f', 'compse.yml']]) {
    const { code, stderr } = await bundle(['init', ...named], { cwd });
    expect(code).toBe(10);
    expect(stderr).toContain('expected: a Compose file');
    expect(stderr).toContain('What to do: Check the name. In the same folder: compose.yml');
    expect(stderr).not.toContain('spec');
  }
});

test('without a usable name it asks for one', async () => {
  const folder = join(cwd, '病房');
  await mkdir(folder);
  await writeFile(join(folder, 'compose.yml'), 'services: { a: { image: x } }\n');
  const { code, stderr } = await bundle(['init', '--yes'], { cwd: folder });
  expect(code).toBe(2);
  expect(stderr).toContain('--name NAME');
});

test('a hostile Compose file cannot write to the terminal or into the spec', async () => {
  await writeFile(
    join(cwd, 'compose.yml'),
    'name: "a\\nbuild: true"\nservices: { "x\\e[2J": { image: x } }\n',
  );
  const { code, stdout } = await bundle(['init', '--yes', '--name', 'shop'], { cwd });
  expect(code).toBe(0);
  expect(stdout).not.toContain('\u001b');
  expect(await written('shop.bundle.yaml')).not.toHaveProperty('build');
});
