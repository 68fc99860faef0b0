import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleManifest, snapshot, writeSampleBundle } from '@bundle/testkit';
import { measured } from './measured.ts';
import { bundle } from './run-bundle.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hostile-'));
  await writeSampleBundle(folder, sampleManifest());
});
afterAll(() => rm(folder, { recursive: true }));

/** Makes a manifest with this text in one of its lists. */
const withList = (name: string, list: string): string =>
  JSON.stringify({ ...sampleManifest(), [name]: 'LIST' }).replace('"LIST"', () => list);
const emptyObjects = (count: number): string => `[${'{},'.repeat(count - 1)}{}]`;

/** bundle.json is invalid, its files are not listed, or several of these. */
const refusals = [57, 54, 62];

const documents: [string, () => string][] = [
  ['a million empty files', () => withList('files', emptyObjects(1_000_000))],
  ['100,000 empty files', () => withList('files', emptyObjects(100_000))],
  ['100,000 empty images', () => withList('images', emptyObjects(100_000))],
  [
    'an image of 100,000 empty layers',
    () => withList('images', `[{"layers":${emptyObjects(100_000)}}]`),
  ],
  [
    'the same file 90,000 times',
    () => {
      const [file] = sampleManifest().files;
      return withList(
        'files',
        `[${Array.from({ length: 90_000 }, () => JSON.stringify(file)).join(',')}]`,
      );
    },
  ],
  ['8 million levels', () => '['.repeat(8_000_000)],
];

describe.each(documents)('a bundle.json with %s', (_, text) => {
  beforeAll(() => writeFile(join(folder, 'bundle.json'), text()));

  test.each([
    ['verify'],
    ['validate'],
    ['import', '--engine', 'oci:/nonexistent/layout', '--state-dir', '/nonexistent/state', '--yes'],
  ])(
    'is refused by %s in a moment, in little memory and in few words',
    async (command, ...args) => {
      const before = await snapshot(folder);
      const result = await measured([command, folder, ...args], {}, '--max-old-space-size=200');
      expect(result.cpuSeconds).toBeLessThan(5);
      expect(result.megabytes).toBeLessThan(300);
      expect(refusals).toContain(result.code);
      expect(`${result.stdout}${result.stderr}`.length).toBeLessThan(20_000);
      expect(await snapshot(folder)).toEqual(before);
    },
  );
});

test('a key that is a mapping is reported by the command alone, without a warning of a library', async () => {
  const spec = join(folder, 'odd.bundle.yaml');
  await writeFile(spec, 'schemaVersion: 1\ncompose: compose.yml\n? {a: "\u202ex"}\n: 1\n');
  const { code, stdout, stderr } = await bundle(['validate', spec], {
    env: { NODE_NO_WARNINGS: '0', NODE_OPTIONS: '' },
  });
  expect(code).toBe(12);
  expect(stderr).not.toContain('Warning');
  expect(`${stdout}${stderr}`).not.toContain('\u202e');
});
