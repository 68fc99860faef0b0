import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const command = join(import.meta.dirname, '../dist/command');

/** A file of the built command: the sources in it, and the files that it loads before it does anything. */
interface Built {
  readonly sources: readonly string[];
  readonly loads: readonly string[];
}

const built = new Map<string, Built>();
beforeAll(async () => {
  const files = new Set(await readdir(command));
  for (const file of files) {
    // What stands for a library that is left out has no sources.
    if (!file.endsWith('.cjs') || !files.has(`${file}.map`)) continue;
    const text = await readFile(join(command, file), 'utf8');
    const { sources } = JSON.parse(await readFile(join(command, `${file}.map`), 'utf8'));
    // What is loaded later is loaded in a promise.
    const loads = [...text.matchAll(/(=>)?\brequire\("\.\/([\w-]+\.cjs)"\)/g)]
      .filter(([, later]) => later === undefined)
      .map(([, , name = '']) => name);
    built.set(file, { sources: sources.map((one: string) => join(command, one)), loads });
  }
});

/** Returns the sources that are loaded together with those whose path ends so. */
function loadedWith(...ends: readonly string[]): ReadonlySet<string> {
  const isOne = (source: string) => ends.some((end) => source.endsWith(end));
  const files = new Set(
    [...built].flatMap(([file, { sources }]) => (sources.some(isOne) ? [file] : [])),
  );
  for (const file of files) for (const name of built.get(file)?.loads ?? []) files.add(name);
  return new Set([...files].flatMap((file) => built.get(file)?.sources ?? []));
}

const hasOne = (sources: ReadonlySet<string>, end: string) =>
  [...sources].some((source) => source.endsWith(end));

test('an import that finds everything on the engine loads nothing that only other commands need', () => {
  const loaded = loadedWith(
    'cli/src/commands/import/definition.ts',
    'cli/src/commands/import/run.ts',
    'engine/src/docker/engine.ts',
    'engine/src/docker/client.ts',
  );
  // The search works.
  expect(hasOne(loaded, 'store/src/bundle-source.ts')).toBe(true);
  for (const other of [
    'engine/src/oci-layout/engine.ts',
    'engine/src/docker/containers.ts',
    'engine/src/docker/taken-names.ts',
    'engine/src/docker/disk-usage.ts',
    'operate/src/status.ts',
    '/debug/src/node.js',
    '/dockerignore/ignore.js',
  ]) {
    expect([other, hasOne(loaded, other)]).toEqual([other, false]);
  }
});

test('nothing is loaded in a way that an executable does not have', async () => {
  for (const file of built.keys()) {
    const text = await readFile(join(command, file), 'utf8');
    expect([file, /(?<![\w.$])import\(/.exec(text)?.index]).toEqual([file, undefined]);
  }
});

test('the status of an instance loads nothing of stacks', () => {
  const loaded = loadedWith('cli/src/commands/status/run.ts', 'cli/src/shared/tools.ts');
  expect(hasOne(loaded, 'operate/src/status.ts')).toBe(true);
  expect(hasOne(loaded, 'operate/src/swarm/stack-tools.ts')).toBe(false);
});
