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

describe('carried packages', () => {
  const carrying = (...names: readonly string[]) => {
    const manifest = sampleManifest();
    const files = names.map((name) => ({
      path: `build-cache/packages/0/${name}`,
      size: 1_000_000,
      sha256: '1'.repeat(64),
    }));
    return { ...manifest, files: [...manifest.files, ...files] };
  };
  const lists = ['apt/Packages', 'npm/index.json'];
  beforeAll(async () => {
    await writeSampleBundle(at('one'), carrying(...lists, 'apt/jq_1.deb', 'npm/left-1.0.0.tgz'));
    await writeSampleBundle(at('two'), carrying(...lists, 'npm/left-1.0.0.tgz', 'npm/odd-1.tgz'));
  });

  test('are counted by package manager by inspect', async () => {
    const { stdout } = await bundle(['inspect', at('one')]);
    expect(stdout).toContain('carries 2 packages (apt 1, npm 1), 2 MB, for changed dependencies');
    const chinese = await bundle(['inspect', at('one')], { env: { BUNDLE_LANG: 'zh' } });
    expect(chinese.stdout).toContain('携带 2 个软件包（apt 1, npm 1），2 MB，供改动后的依赖使用');
    const json = JSON.parse((await bundle(['inspect', at('one'), '--json'])).stdout);
    expect(json.carriedPackages).toEqual([
      { ecosystem: 'apt', count: 1, bytes: 1_000_000 },
      { ecosystem: 'npm', count: 1, bytes: 1_000_000 },
    ]);
  });

  test('are compared by diff', async () => {
    const { stdout } = await bundle(['diff', at('one'), at('two')]);
    expect(stdout).toContain(
      'Carried for changed dependencies: 2 packages (apt 1, npm 1), 2 MB before, 2 packages (npm 2), 2 MB after',
    );
    const from = await bundle(['diff', at('a'), at('two')]);
    expect(from.stdout).toContain('0 packages before, 2 packages (npm 2), 2 MB after');
  });

  test('are not mentioned where there are none', async () => {
    const outputs = [await bundle(['inspect', at('a')]), await bundle(['diff', at('a'), at('b')])];
    expect(outputs.map(({ stdout }) => stdout).join()).not.toMatch(/carries|Carried/);
  });
});

test('a damaged bundle.json and a missing path are refused', async () => {
  await writeFile(at('bad.json'), (await readFile(at('kept.json'), 'utf8')).slice(0, 400));
  expect(await bundle(['diff', at('bad.json'), at('b')])).toMatchObject({ code: 57 });
  expect(await bundle(['diff', at('gone'), at('b')])).toMatchObject({ code: 50 });
});
