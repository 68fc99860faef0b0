import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const packages = join(import.meta.dirname, '../..');

/** What each package may import of the others: arrows point one way. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  format: [],
  files: ['format'],
  store: ['format', 'files'],
  archive: ['format', 'files', 'store'],
  compose: ['format', 'files'],
  engine: ['format', 'files', 'store', 'archive', 'compose'],
  verify: ['format', 'files', 'store'],
  recipe: ['format', 'files'],
  registry: ['format', 'files', 'store', 'verify'],
  host: ['format', 'files', 'store', 'archive', 'compose', 'engine', 'verify'],
  export: ['format', 'files', 'store', 'archive', 'compose', 'engine', 'recipe', 'verify'],
  import: [
    'format',
    'files',
    'store',
    'archive',
    'compose',
    'engine',
    'verify',
    'registry',
    'host',
  ],
  rebuild: ['format', 'files', 'store', 'archive', 'engine', 'verify', 'recipe', 'host', 'import'],
  operate: ['format', 'files', 'store', 'compose', 'engine', 'host'],
  cli: [
    'format',
    'files',
    'store',
    'compose',
    'engine',
    'verify',
    'host',
    'export',
    'import',
    'operate',
    'recipe',
    'registry',
    'rebuild',
  ],
  testkit: ['format', 'files', 'store', 'archive', 'compose', 'engine'],
};

/** Where a library may be used; what is not named here may be used by any package that depends on it. */
const home: Readonly<Record<string, string>> = {
  dockerode: 'engine',
  execa: 'engine',
  commander: 'cli',
  yoctocolors: 'cli',
  'log-update': 'cli',
  'cli-table3': 'cli',
};

async function sourcesOf(name: string): Promise<{ file: string; text: string }[]> {
  const files = await readdir(join(packages, name, 'src'), { recursive: true });
  return Promise.all(
    files
      .filter((file) => file.endsWith('.ts'))
      .map(async (file) => ({
        file: `${name}/${file}`,
        text: await readFile(join(packages, name, 'src', file), 'utf8'),
      })),
  );
}

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^'.][^']*)'/g)].map((m) => m[1] ?? '');
}

test('every package is in the picture', async () => {
  expect((await readdir(packages)).sort()).toEqual(Object.keys(allowed).sort());
});

test('only host/state-folder.ts says where things lie in the state folder', async () => {
  const users = ['host', 'import', 'operate', 'rebuild', 'cli'];
  const sources = (await Promise.all(users.map(sourcesOf))).flat();
  const place =
    /join\([^)]*'(releases|current|backups|journal\.json)'|`[^`]*}\/(releases|current|backups)\b/;
  const wrong = sources.filter(({ text }) => place.test(text)).map(({ file }) => file);
  expect(wrong).toEqual(['host/state-folder.ts']);
});

describe.each(Object.entries(allowed))('package %s', (name, others) => {
  test('imports only the packages below it', async () => {
    for (const { file, text } of await sourcesOf(name)) {
      const own = importsOf(text).filter((path) => path.startsWith('@bundle/'));
      const wrong = own.filter((path) => !others.includes(path.split('/')[1] ?? ''));
      expect({ file, wrong }).toEqual({ file, wrong: [] });
    }
  });

  test('keeps libraries behind their own package', async () => {
    for (const { file, text } of await sourcesOf(name)) {
      const wrong = importsOf(text).filter((path) => (home[path] ?? name) !== name);
      expect({ file, wrong }).toEqual({ file, wrong: [] });
    }
  });

  test('ends the process only in the command', async () => {
    for (const { file, text } of name === 'cli' ? [] : await sourcesOf(name)) {
      const ends = /process\.(exit|stdout|stderr)\b/.test(text);
      expect({ file, ends }).toEqual({ file, ends: false });
    }
  });
});
