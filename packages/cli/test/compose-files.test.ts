import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeLayout } from '@bundle/testkit';
import { bundle } from './run-bundle.ts';

// Which Compose files an export takes, without the compose plugin. What merges several: plan.engine.test.ts.

let work: string;
const at = (name: string): string => join(work, name);
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'compose-files-'));
  await makeLayout(at('layout'), [{ reference: 'app:1', layers: [{ text: 'base' }] }]);
});
afterEach(() => rm(work, { recursive: true, force: true }));

async function project(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(at(join('shop', path))), { recursive: true });
    await writeFile(at(join('shop', path)), text);
  }
}

const noPlugin = { PATH: '/nonexistent' };
function exported(...args: string[]) {
  const flags = ['--engine', `oci:${at('layout')}`, '--no-runtime', '--no-progress'];
  const words = ['export', ...args, '-o', at('out'), ...flags];
  return bundle(words, { cwd: at('shop'), env: noPlugin });
}
const imagesOf = async () =>
  JSON.parse(await readFile(at('out/bundle.json'), 'utf8')).images.map(
    ({ reference }: { reference: string }) => reference,
  );

const usesTag = `services: { app: { image: "app:\${TAG}" } }\n`;

test('the .env that names a Compose file in another folder counts, and wins over the one there', async () => {
  await project({
    '.env': 'COMPOSE_FILE=deploy/app.yml\nTAG=1\n',
    'deploy/app.yml': usesTag,
    'deploy/.env': 'TAG=2\n',
  });
  expect(await exported('--name', 'shop')).toMatchObject({ code: 0 });
  expect(await imagesOf()).toEqual(['app:1']);
});

test('-f names a Compose file, as for docker compose', async () => {
  await project({ 'other.yml': 'services: { app: { image: "app:1" } }\n' });
  expect(await exported('-f', 'other.yml')).toMatchObject({ code: 0 });
  expect(await imagesOf()).toEqual(['app:1']);
});

test('-f twice merges, which needs the plugin, and says so', async () => {
  await project({ 'a.yml': usesTag, 'b.yml': usesTag });
  const { code, stderr } = await exported('-f', 'a.yml', '--file', 'b.yml');
  expect(code).toBe(33);
  expect(stderr).toContain(`merging with ${at('shop/b.yml')}`);
});

test('a file by -f and another beside it are a mistake', async () => {
  await project({ 'a.yml': usesTag });
  const { code, stderr } = await exported('a.yml', '-f', 'a.yml');
  expect(code).toBe(2);
  expect(stderr).toContain('a.yml and --file');
});
