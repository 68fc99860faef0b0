import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { paths } from '@bundle/format';
import { sampleManifest, writeSampleBundle } from '@bundle/testkit';
import { validateInputs } from '../src/validate.ts';
import { verifyBundle } from '../src/verify.ts';
import { formatFinding } from './format-finding.ts';

const options = { onProgress: () => undefined, signal: new AbortController().signal };
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'validate-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function findingsOf(name: string, text?: string): Promise<string[]> {
  const path = join(folder, name);
  if (text !== undefined) await writeFile(path, text);
  const findings = await validateInputs([path], options);
  return findings.map((finding) => formatFinding(finding).replaceAll(`${folder}/`, ''));
}

describe('validating a bundle spec', () => {
  test('a good one has no findings', async () => {
    await writeFile(join(folder, 'compose.yml'), 'services: {}\n');
    expect(await findingsOf('shop.yaml', 'schemaVersion: 1\ncompose: compose.yml\n')).toEqual([]);
  });

  test('all mistakes are listed, each with its line', async () => {
    const text = 'schemaVersion: 1\nproduct: Shop!\ncompose: gone.yml\npul: always\npull: often\n';
    expect(await findingsOf('shop.yaml', text)).toEqual([
      'shop.yaml:2: product: expected a Compose project name: a-z, 0-9, _ and -, at most 63 (spec-invalid)',
      'shop.yaml:5: pull: Invalid option: expected one of "missing"|"never"|"always" (spec-invalid)',
      'shop.yaml:4: pul: unknown field; did you mean pull? (spec-invalid)',
    ]);
  });

  test('a missing Compose file is reported', async () => {
    const text = 'schemaVersion: 1\ncompose:\n  - a.yml\n  - b.yml\n';
    await writeFile(join(folder, 'a.yml'), '');
    expect(await findingsOf('shop.yaml', text)).toEqual([
      'shop.yaml:4: compose[1]: the Compose file b.yml does not exist (compose-not-found)',
    ]);
  });

  test('a Compose field of the wrong type says what is expected', async () => {
    expect(await findingsOf('shop.yaml', 'schemaVersion: 1\ncompose: 5\n')).toEqual([
      expect.stringMatching(/^shop\.yaml:2: compose: .*expected string.*or.*expected array/),
    ]);
  });

  test('a newer schemaVersion says so and nothing else', async () => {
    expect(await findingsOf('shop.yaml', 'schemaVersion: 7\nnews: true\n')).toEqual([
      'shop.yaml:1: schemaVersion: written for format version 7; this program reads up to 1: update it (schema-newer)',
    ]);
  });

  test('unreadable YAML is reported with its line', async () => {
    expect(await findingsOf('shop.yaml', 'schemaVersion: 1\ncompose: [a\n')).toEqual([
      expect.stringMatching(/^shop\.yaml:\d: /),
    ]);
  });

  test.each([
    ['a key given twice', 'schemaVersion: 1\ncompose: a\ncompose: b\n', /^shop\.yaml:3: .*unique/],
    ['a __proto__ key', 'schemaVersion: 1\n__proto__: {a: 1}\n', /^shop\.yaml:2: .*__proto__/],
  ])('%s is refused', async (_, text, expected) => {
    expect(await findingsOf('shop.yaml', text)).toEqual([expect.stringMatching(expected)]);
  });

  test('a missing file is a finding, which says what was expected and what is there', async () => {
    const finding = 'expected a bundle spec, a bundle.json or a bundle, found nothing there';
    expect(await findingsOf('shop.yaml')).toEqual([
      `shop.yaml: reading: ${finding} (input-unreadable)`,
    ]);
    for (const name of ['api.yaml', 'shop.yml', 'notes.txt', '.hidden.yaml'])
      await writeFile(join(folder, name), '');
    expect(await findingsOf('shop.yaml')).toEqual([
      `shop.yaml: reading: ${finding}; in the same folder: shop.yml, api.yaml (input-unreadable)`,
    ]);
  });
});

describe('validating bundle.json', () => {
  const json = (): string => JSON.stringify(sampleManifest(), undefined, 1);

  test('a good one has no findings', async () => {
    expect(await findingsOf('bundle.json', json())).toEqual([]);
  });

  test('schema findings have line and path', async () => {
    const text = json().replace('"os": "linux"', '"os": 5').replace('"size": 10', '"size": -1');
    expect(await findingsOf('bundle.json', text)).toEqual([
      'bundle.json:7: platform.os: Invalid input: expected string, received number (manifest-invalid)',
      expect.stringMatching(/^bundle\.json:\d+: files\[0]\.size: Too small/),
    ]);
  });

  test('rule findings have line and path', async () => {
    const text = json().replace('"stored": ', '"stored": 1');
    expect(await findingsOf('bundle.json', text)).toEqual([
      expect.stringMatching(/^bundle\.json:11: sizes\.stored: expected \d+, the sum/),
    ]);
  });

  test.each([
    ['a key given twice', '{\n"schemaVersion": 1,\n"schemaVersion": 1}', /^bundle\.json:3: /],
    ['a __proto__ key', '{\n"__proto__": {}}', /^bundle\.json:2: .*__proto__/],
    ['YAML that is not JSON', 'schemaVersion: 1\n', /^bundle\.json:1: not JSON/],
    ['JSON that was cut off', '{\n"schemaVersion": 1', /^bundle\.json:2: not JSON/],
  ])('%s is refused', async (_, text, expected) => {
    expect(await findingsOf('bundle.json', text)).toEqual([expect.stringMatching(expected)]);
  });

  test('a newer schemaVersion says so and nothing else', async () => {
    expect(await findingsOf('bundle.json', '{"schemaVersion": 2}')).toEqual([
      expect.stringMatching(/^bundle\.json:1: schemaVersion: written for.*\(schema-newer\)$/),
    ]);
  });
});

describe('validating a whole bundle', () => {
  test('a good one has no findings', async () => {
    await writeSampleBundle(folder, sampleManifest());
    expect(await validateInputs([folder], options)).toEqual([]);
  });

  test('findings of bundle.json and of other files are reported together', async () => {
    const manifest = sampleManifest();
    manifest.sizes.stored += 1;
    await writeSampleBundle(folder, manifest);
    await writeFile(join(folder, 'docker-compose.yml'), 'changed');
    await writeFile(join(folder, 'more.txt'), '');
    expect((await findingsOf('')).map((line) => line.replace(/:.*\(/, ' ('))).toEqual([
      'bundle.json (manifest-invalid)',
      'docker-compose.yml (size-mismatch)',
      'more.txt (file-unlisted)',
    ]);
  });

  test('a list of images that names another image than bundle.json is a finding, as it is for verify', async () => {
    const manifest = sampleManifest();
    await writeSampleBundle(folder, manifest);
    const index = await readFile(join(folder, paths.imageIndex), 'utf8');
    const other = index.replaceAll('shop-api', 'shop-web');
    const listed = manifest.files.find(({ path }) => path === paths.imageIndex);
    if (listed === undefined) throw new Error('not listed');
    listed.sha256 = createHash('sha256').update(other).digest('hex');
    await writeSampleBundle(folder, manifest);
    await writeFile(join(folder, paths.imageIndex), other);
    expect(await findingsOf('')).toEqual([
      'images/index.json: does not agree with the images in bundle.json (manifest-invalid)',
    ]);
  });

  test('a file that is listed many times is read once', async () => {
    const manifest = sampleManifest();
    await writeSampleBundle(folder, manifest);
    const once = await verifyBundle(folder, options);
    const path = join(folder, paths.manifest);
    const text = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...text, files: [...text.files, ...text.files] }));
    const twice = await verifyBundle(folder, options);
    expect(once.bytes).toBeGreaterThan(0);
    expect(twice.bytes).toBe(once.bytes);
    expect(twice.findings.map(({ code }) => code)).toContain('manifest-invalid');
  });

  test('a truncated archive is a finding', async () => {
    expect(await findingsOf('shop.tar', 'too short')).toEqual([
      expect.stringMatching(/^shop\.tar: .*\(archive-truncated\)$/),
    ]);
  });
});
