import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';

const packages = join(import.meta.dirname, '../..');

/** Packages that each package may import; arrows point one way. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  format: [],
  files: ['format'],
  store: ['format', 'files'],
  archive: ['format', 'files', 'store'],
  delta: ['format'],
  compose: ['format', 'files'],
  distribution: ['format', 'files'],
  engine: ['format', 'files', 'store', 'archive', 'compose', 'distribution'],
  verify: ['format', 'files', 'store', 'trust'],
  recipe: ['format', 'files'],
  depot: ['format', 'files', 'recipe'],
  trust: ['format'],
  sign: ['format', 'files', 'store', 'verify', 'trust'],
  registry: ['format', 'files', 'store', 'verify'],
  push: ['format', 'store', 'verify', 'distribution'],
  host: ['format', 'files', 'store', 'archive', 'compose', 'engine', 'verify', 'trust'],
  export: [
    'format',
    'files',
    'store',
    'archive',
    'compose',
    'delta',
    'depot',
    'engine',
    'recipe',
    'verify',
    'sbom',
  ],
  adopt: ['format', 'files', 'store', 'compose', 'engine', 'export'],
  import: [
    'format',
    'files',
    'store',
    'archive',
    'compose',
    'delta',
    'engine',
    'verify',
    'registry',
    'host',
    'trust',
  ],
  kubernetes: ['format', 'compose', 'host', 'store', 'verify'],
  rebuild: [
    'format',
    'files',
    'store',
    'archive',
    'depot',
    'engine',
    'verify',
    'recipe',
    'host',
    'import',
  ],
  operate: ['format', 'files', 'store', 'trust', 'archive', 'compose', 'engine', 'host'],
  sbom: ['format', 'files', 'store', 'archive'],
  report: ['format', 'sbom', 'store', 'compose', 'verify', 'host', 'trust'],
  fleet: ['format', 'files', 'store', 'engine', 'verify', 'host'],
  cli: [
    'format',
    'files',
    'store',
    'adopt',
    'compose',
    'engine',
    'verify',
    'host',
    'export',
    'import',
    'kubernetes',
    'operate',
    'recipe',
    'registry',
    'distribution',
    'fleet',
    'push',
    'rebuild',
    'report',
    'sbom',
    'sign',
    'trust',
  ],
  testkit: ['format', 'files', 'store', 'archive', 'compose', 'engine'],
};

/** Packages that may use a library; libraries not listed here may be used by any package that depends on them. */
const home: Readonly<Record<string, readonly string[]>> = {
  dockerode: ['engine'],
  execa: ['engine', 'sign', 'fleet'],
  '@sigstore/bundle': ['trust'],
  '@sigstore/verify': ['trust'],
  'age-encryption': ['operate'],
  '@noble/curves': ['operate'],
  commander: ['cli'],
  yoctocolors: ['cli'],
  'log-update': ['cli'],
  'wrap-ansi': ['cli'],
  'packageurl-js': ['sbom'],
  'spdx-expression-parse': ['sbom'],
  fflate: ['sbom'],
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

/**
 * Lists the files of the same package that a file imports, types included, but not those it loads later, as a
 * command loads its work.
 */
function neighboursOf({ file, text }: { file: string; text: string }): string[] {
  return [...text.matchAll(/(?:from|import)\s*'(\.[^']*)'/g)].map((m) =>
    posix.join(posix.dirname(file), m[1] ?? ''),
  );
}

/** Finds the first path of imports from a file back to itself, if any. */
function circleIn(neighbours: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const walk = (file: string, way: readonly string[]): string[] | undefined => {
    const start = way.indexOf(file);
    if (start !== -1) return [...way.slice(start), file];
    if (done.has(file)) return undefined;
    for (const next of neighbours.get(file) ?? []) {
      const circle = walk(next, [...way, file]);
      if (circle !== undefined) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of neighbours.keys()) {
    const circle = walk(file, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

test('every package is listed', async () => {
  expect((await readdir(packages)).sort()).toEqual(Object.keys(allowed).sort());
});

test('only host/state-folder.ts defines paths in the state folder', async () => {
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

  test('has no circular imports', async () => {
    const sources = await sourcesOf(name);
    const neighbours = new Map(sources.map((one) => [one.file, neighboursOf(one)]));
    expect(circleIn(neighbours)).toBeUndefined();
  });

  test('keeps libraries behind their own package', async () => {
    for (const { file, text } of await sourcesOf(name)) {
      const wrong = importsOf(text).filter((path) => !(home[path] ?? [name]).includes(name));
      expect({ file, wrong }).toEqual({ file, wrong: [] });
    }
  });

  test('ends the process only in cli', async () => {
    for (const { file, text } of name === 'cli' ? [] : await sourcesOf(name)) {
      const ends = /process\.(exit|stdout|stderr)\b/.test(text);
      expect({ file, ends }).toEqual({ file, ends: false });
    }
  });
});
