import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readDocuments } from '../src/documents.ts';
import { checkIncludedValues, includedEnvFiles } from '../src/included.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'included-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const lookup = (name: string): string | undefined => ({ WHERE: 'b' })[name];

async function documentsOf(files: Readonly<Record<string, string>>) {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return readDocuments([join(folder, 'compose.yml')], lookup);
}

const uses = (name: string): string => `services: {${name}: {image: "x:\${TAG}"}}\n`;

test('included files have env files of their own: those they are included with, or the one beside them', async () => {
  const documents = await documentsOf({
    'compose.yml':
      'include: [a/compose.yml, {path: $WHERE/c.yml, env_file: [one.env, two.env]}, {path: c/c.yml, project_directory: d}]\n',
    'a/compose.yml': uses('a'),
    'b/c.yml': uses('b'),
    'c/c.yml': uses('c'),
  });
  const files = includedEnvFiles(documents, lookup).map((file) => file.slice(folder.length + 1));
  expect(files).toEqual(['a/.env', 'one.env', 'two.env', 'd/.env']);
});

test('a variable with two values in two included files is refused, without its values', async () => {
  const documents = await documentsOf({
    'compose.yml': 'include: [a/compose.yml, b/compose.yml]\n',
    'a/compose.yml': uses('a'),
    'a/.env': 'TAG=geheim\n',
    'b/compose.yml': uses('b'),
    'b/.env': 'TAG=other\n',
  });
  const found = await checkIncludedValues(documents, lookup).then(String, String);
  expect(found).toContain(
    `the variable TAG has another value here than in ${folder}/a/compose.yml`,
  );
  expect(found).not.toMatch(/geheim|other value.*=/);
  // A value of the project itself wins over both.
  await checkIncludedValues(documents, () => '1');
});

test('the same value twice, and a value of what nobody else uses, are no problem', async () => {
  const documents = await documentsOf({
    'compose.yml': `include: [a/compose.yml, b/compose.yml]\n${uses('main').replace('TAG', 'MAIN')}`,
    'a/compose.yml': `services: {a: {extends: {file: base.yml, service: base}}}\n`,
    'a/base.yml': uses('base'),
    'a/.env': 'TAG=1\nOTHER=2\n',
    'b/compose.yml': uses('b'),
    'b/.env': 'TAG=1\nOTHER=3\n',
  });
  await checkIncludedValues(documents, lookup);
});
