import { readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { isSpec, readSpec } from '../src/application/spec.ts';
import { errorOf, projectFolder, removeProject } from './project-folder.ts';

const manifests = join(import.meta.dirname, '../../../manifests');
let folder: string;
beforeEach(async () => {
  folder = await projectFolder({
    'compose.yaml': 'services: {web: {image: nginx}}\n',
    'spec.yaml': 'schemaVersion: 1\ncompose: [a.yml, b.yml]\nprofiles: [prod]\n',
    'bad.yaml': 'schemaVersion: 1\ncompose: a.yml\npull: sometimes\nextra: 1\n',
    'newer.yaml': 'schemaVersion: 9\ncompose: a.yml\n',
  });
});
afterEach(() => removeProject(folder));

it('distinguishes a spec from a Compose file', async () => {
  expect(await isSpec(join(folder, 'spec.yaml'))).toBe(true);
  expect(await isSpec(join(folder, 'compose.yaml'))).toBe(false);
});

it('reads a spec', async () => {
  expect(await readSpec(join(folder, 'spec.yaml'))).toEqual({
    schemaVersion: 1,
    compose: ['a.yml', 'b.yml'],
    profiles: ['prod'],
  });
});

it('names every mistake with its line', async () => {
  const { code, details } = await errorOf(readSpec(join(folder, 'bad.yaml')));
  expect(code).toBe('spec-invalid');
  expect(details.found).toMatch(/line 3: pull: /);
  expect(details.found).toMatch(/line 4: extra: /);
});

it('a spec of a newer version has its own error', async () => {
  expect((await errorOf(readSpec(join(folder, 'newer.yaml')))).code).toBe('schema-newer');
});

it('a missing or far too large file is a clear error', async () => {
  expect((await errorOf(isSpec(join(folder, 'none.yaml')))).code).toBe('compose-not-found');
  await truncate(join(folder, 'compose.yaml'), 100_000_000);
  const { code, details } = await errorOf(isSpec(join(folder, 'compose.yaml')));
  expect(code).toBe('input-unreadable');
  expect(details.found).toBe('more');
});

it('every example in manifests/ is a valid spec', async () => {
  const examples = (await readdir(manifests)).filter((name) => name.endsWith('.yaml'));
  expect(examples).not.toHaveLength(0);
  for (const name of examples) {
    expect(await isSpec(join(manifests, name))).toBe(true);
    await readSpec(join(manifests, name));
  }
});
