import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleManifest, writeSampleBundle } from '@bundle/testkit';
import { bundle } from './run-bundle.ts';

let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diff-'));
  await writeSampleBundle(at('a'), sampleManifest());
  await writeSampleBundle(at('b'), { ...sampleManifest(), version: '1.1' });
  await writeFile(at('a/env.example'), 'PORT=80\nOLD=1\n');
  await writeFile(at('b/env.example'), 'PORT=8080\nNEW=\u001b[31m\n');
  await writeFile(at('a/docker-compose.yml'), 'services: { api: { image: "api:1" } }\n');
  await writeFile(at('b/docker-compose.yml'), 'services: { api: { image: "api:2" }, db: {} }\n');
  await copyFile(at('a/bundle.json'), at('kept.json'));
});
afterAll(() => rm(folder, { recursive: true }));

test('settings that changed are shown, and nothing in them acts on the terminal', async () => {
  const { code, stdout } = await bundle(['diff', at('a'), at('b')]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/changed +PORT +80 +8080/);
  expect(stdout).toMatch(/removed +OLD +1 +-/);
  expect(stdout).toMatch(/added +NEW +- +\\u\{1b\}\[31m/);
  expect(stdout).toMatch(/changed +services\.api\.image +api:1 +api:2/);
});

test('a bundle.json alone is enough, but settings are not compared', async () => {
  const { code, stdout } = await bundle(['diff', at('kept.json'), at('b'), '--json']);
  expect(code).toBe(0);
  const diff = JSON.parse(stdout);
  expect(diff).toMatchObject({ before: { version: '1.0' }, after: { version: '1.1' } });
  expect(diff).toMatchObject({ images: [], layers: [], newBytes: 0 });
  expect(diff.settings).toBeUndefined();
});

test('a damaged bundle.json and a missing path are refused', async () => {
  await writeFile(at('bad.json'), (await readFile(at('kept.json'), 'utf8')).slice(0, 400));
  expect(await bundle(['diff', at('bad.json'), at('b')])).toMatchObject({ code: 57 });
  expect(await bundle(['diff', at('gone'), at('b')])).toMatchObject({ code: 50 });
});
