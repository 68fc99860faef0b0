import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tarFileHeader } from '@bundle/store';
import { sampleManifest, writeSampleBundle } from '@bundle/testkit';
import { checkOutput } from '../src/bundle/output.ts';

let work: string;
const at = (name: string): string => join(work, name);
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'output-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

const foundIn = async (output: string, force: boolean): Promise<string> => {
  try {
    await checkOutput(output, force);
    return 'free';
  } catch (error) {
    expect(error).toMatchObject({ code: 'output-exists' });
    return (error as { details: { found: string } }).details.found;
  }
};

/** The beginning of a bundle's archive, truncated after that. */
const archive = tarFileHeader('bundle.json', 700, false, new Date(0));
const other = tarFileHeader('thesis.tex', 700, false, new Date(0));

test.each<[string, string, () => Promise<unknown>]>([
  ['a single file', 'app.tar', () => writeFile(at('app.tar'), archive)],
  ['a single file of another name', 'app', () => writeFile(at('app'), archive)],
  ['a folder', 'app', () => writeSampleBundle(at('app'), sampleManifest())],
  ['an empty folder', 'app', () => mkdir(at('app'))],
  ['a list of parts', 'app.tar.parts.json', () => writeFile(at('app.tar.parts.json'), partList)],
])('%s is a bundle, which is replaced only with --force', async (_, name, make) => {
  await make();
  expect(await foundIn(at(name), false)).toBe('a bundle');
  expect(await foundIn(at(name), true)).toBe('free');
});

const partList = JSON.stringify({
  kind: 'bundle-parts',
  schemaVersion: 1,
  bundle: `sha256:${'0'.repeat(64)}`,
  parts: [{ name: 'app.tar.part001', size: 1, sha256: '0'.repeat(64) }],
});

test.each<[string, string, RegExp, () => Promise<unknown>]>([
  ['an archive that is not a bundle', 'a.tar', /not a bundle/, () => writeFile(at('a.tar'), other)],
  [
    'text with the name of an archive',
    'a.tar',
    /not a bundle/,
    () => writeFile(at('a.tar'), 'x'.repeat(9e3)),
  ],
  ['an empty file', 'a.tar', /not a bundle/, () => writeFile(at('a.tar'), '')],
  [
    'a file that is not a list of parts',
    'a.tar.parts.json',
    /not a bundle/,
    () => writeFile(at('a.tar.parts.json'), '{"mine": true}'),
  ],
  [
    'a part without its list',
    'a.tar.parts.json',
    /a\.tar\.part002/,
    () => writeFile(at('a.tar.part002'), ''),
  ],
  [
    'a folder that is not a bundle',
    'a',
    /not a bundle/,
    () => mkdir(at('a/thesis'), { recursive: true }),
  ],
  [
    'a folder with a foreign bundle.json',
    'a',
    /not a bundle/,
    async () => {
      await mkdir(at('a'));
      await writeFile(at('a/bundle.json'), '{}');
    },
  ],
  [
    'a bundle with something else in it',
    'a',
    /notes\.txt/,
    async () => {
      await writeSampleBundle(at('a'), sampleManifest());
      await writeFile(at('a/notes.txt'), 'mine');
    },
  ],
  [
    'a bundle with a link in it',
    'a',
    /not a bundle.*link/,
    async () => {
      await writeSampleBundle(at('a'), sampleManifest());
      await symlink('/etc', at('a/link'));
    },
  ],
  [
    'a link to a bundle',
    'a',
    /neither a file nor a folder/,
    async () => {
      await writeFile(at('b.tar'), archive);
      await symlink('b.tar', at('a'));
    },
  ],
])('--force does not replace %s', async (_, name, found, make) => {
  await make();
  expect(await foundIn(at(name), true)).toMatch(found);
});

test('parts whose replacement was interrupted are replaced', async () => {
  await writeFile(at('a.tar.part002'), '');
  await writeFile(at('.a.tar.parts.json.partial-1-1-1-1'), '');
  expect(await foundIn(at('a.tar.parts.json'), false)).toBe('free');
});
