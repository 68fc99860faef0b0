import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeLayout } from '@bundle/testkit';
import { bundle } from './run-bundle.ts';

// Tests the built command: bundling may change texts in ways that the sources do not show.

const scripts = join(import.meta.dirname, '../../export/src/bundle/scripts');
let work: string;
let written: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'scripts-'));
  await writeFile(join(work, 'compose.yml'), 'name: shop\nservices: { app: { image: "app:1" } }\n');
  await makeLayout(join(work, 'layout'), [{ reference: 'app:1', layers: [{ text: 'base' }] }]);
  expect(await exported('shop')).toMatchObject({ code: 0, stderr: '' });
  written = await readFile(join(work, 'shop/install.sh'), 'utf8');
});
afterAll(() => rm(work, { recursive: true, force: true }));

function exported(output: string, env: Readonly<Record<string, string>> = {}) {
  const flags = ['--engine', `oci:${join(work, 'layout')}`, '--no-runtime', '--no-progress'];
  return bundle(['export', ...flags, '-o', output], { cwd: work, env });
}

test('an export that carries no packages needs no temporary folder', async () => {
  const env = { TMPDIR: join(work, 'gone') };
  expect(await exported('other', env)).toMatchObject({ code: 0, stderr: '' });
});

test('install.sh prints the characters of its source', () => {
  expect(written).toContain("say 'Checking every file…'");
  expect(written).not.toMatch(/\\u[0-9a-f{]/);
});

test('install.sh has every line of its sources, with the paths of the bundle filled in', async () => {
  const sources = await Promise.all(
    ['language.sh', 'install.sh'].map((name) => readFile(join(scripts, name), 'utf8')),
  );
  const lines = sources.flatMap((source) => source.slice(source.indexOf('\n\n')).split('\n'));
  const plain = lines.filter((line) => !/@[A-Z_]+@/.test(line)).join('\n');
  const kept = written.split('\n');
  expect(plain.split('\n').filter((line) => !kept.includes(line))).toEqual([]);
  expect(written).toContain('tar -C "$here/images" -cf - .');
  expect(written).not.toMatch(/@[A-Z_]+@/);
});
