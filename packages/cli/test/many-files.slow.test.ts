import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeLayout } from '@bundle/testkit';
import { bundle, finished, startInShell } from './run-bundle.ts';

let work: string;
const at = (name: string): string => join(work, name);
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'many-'));
  await writeFile(at('compose.yml'), 'name: shop\nservices: { app: { image: "app:1" } }\n');
  await writeFile(
    at('shop.bundle.yaml'),
    'schemaVersion: 1\ncompose: compose.yml\nfiles: [data]\n',
  );
  await makeLayout(at('layout'), [{ reference: 'app:1', layers: [{ text: 'base' }] }]);
  await mkdir(at('data'));
  for (let n = 0; n < 3000; n += 1) await writeFile(at(`data/${n}`), `${n}`);
});
afterAll(() => rm(work, { recursive: true, force: true }));

test.each([
  ['a folder', 'shop'],
  ['a single file', 'shop.tar'],
])('more files than a process may have open are packed into %s, and verify', async (_, name) => {
  const words = ['export', at('shop.bundle.yaml'), '--engine', `oci:${at('layout')}`];
  const output = ['--no-runtime', '--no-progress', '-o', at(name)];
  const limited = startInShell('ulimit -n 256; exec "$@"', [...words, ...output]);
  const { code, stderr } = await finished(limited);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(await bundle(['verify', at(name), '--no-progress'])).toMatchObject({ code: 0 });
  if (name === 'shop') expect(await readdir(at('shop/data'))).toHaveLength(3000);
});
