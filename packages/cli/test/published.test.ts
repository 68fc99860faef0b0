import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sampleManifest } from '@bundle/testkit';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { publishedFiles } from '../src/published.ts';
import { version } from '../src/version.ts';

const root = join(import.meta.dirname, '../../..');

const files = await publishedFiles();

test.each([...files])('%s is up to date', async (path, text) => {
  // If not: scripts/generate-schemas
  expect(await readFile(join(root, path), 'utf8')).toBe(text);
});

test('the published schema accepts a good bundle.json and refuses a bad one', () => {
  const text = files.get('manifests/bundle-manifest.schema.json') ?? '';
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(JSON.parse(text));
  expect(validate(sampleManifest())).toBe(true);
  expect(validate({ ...sampleManifest(), product: 'My Shop' })).toBe(false);
});

test('the version is that of the package', async () => {
  const text = await readFile(join(import.meta.dirname, '../package.json'), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ version });
});
