import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ApplicationPlan } from '../src/application/application.ts';
import { checkOwnOutput, outsideContexts } from '../src/application/own-output.ts';
import { planApplication } from '../src/application/plan.ts';
import { noPlugin, options, projectFolder, removeProject } from './project-folder.ts';

let folder: string;
afterEach(() => removeProject(folder));

async function planned(
  build: string,
  more: Readonly<Record<string, string>> = {},
  extraFiles: string[] = [],
): Promise<ApplicationPlan> {
  const files = { 'compose.yml': `services: { web: { build: ${build} } }\n`, ...more };
  folder = await projectFolder(files);
  return planApplication(options(folder, ['compose.yml'], { extraFiles }), noPlugin, {});
}
const verdict = (plan: ApplicationPlan, output: string): Promise<string> =>
  checkOwnOutput(join(folder, output), plan).then(
    () => 'fine',
    (error: { code: string }) => error.code,
  );

test.each<[string, string, Readonly<Record<string, string>>, string]>([
  ['the context itself', '.', {}, 'output-unwritable'],
  ['a context that excludes it', '.', { '.dockerignore': 'out.tar\n' }, 'fine'],
  ['a context that excludes all bundles', '.', { '.dockerignore': '**/*.tar' }, 'fine'],
  ['a context that excludes its contents', '.', { '.dockerignore': 'out.tar/**' }, 'fine'],
  ['a context that excludes other files', '.', { '.dockerignore': 'old.tar' }, 'output-unwritable'],
  [
    'a context whose Dockerfile has its own ignore file',
    '.',
    { '.dockerignore': 'out.tar', 'Dockerfile.dockerignore': 'x' },
    'output-unwritable',
  ],
  ['a folder beside the context', './api', {}, 'fine'],
  [
    'another context of the same build',
    '{ context: ./api, additional_contexts: { all: . } }',
    {},
    'output-unwritable',
  ],
  ['a context above the project', '..', {}, 'output-unwritable'],
  ['a Git context', 'https://example.org/x.git', {}, 'fine'],
])('a bundle in %s', async (_name, build, files, expected) => {
  expect(await verdict(await planned(build, files), 'out.tar')).toBe(expected);
});

test('the error names the context and the line to add to its ignore file', async () => {
  const plan = await planned('.');
  await mkdir(join(folder, 'dist'));
  await expect(checkOwnOutput(join(folder, 'dist/out.tar'), plan)).rejects.toMatchObject({
    code: 'output-unwritable',
    details: {
      found: expect.stringContaining(`${folder}, which web is built from`),
      hint: expect.stringContaining(`add the line dist/out.tar to ${folder}/.dockerignore`),
    },
  });
});

test('a path through a link into the context is detected', async () => {
  const plan = await planned('.');
  await symlink(folder, join(dirname(folder), 'link'));
  expect(await verdict(plan, '../link/out.tar')).toBe('output-unwritable');
});

test('a bundle inside a folder named by a spec is refused if it would be packed', async () => {
  const plan = await planned('./api', { 'dist/out.tar': 'the last one', 'dist/notes': 'x' }, [
    'dist',
  ]);
  expect(await verdict(plan, 'dist/out.tar')).toBe('output-unwritable');
  expect(await verdict(plan, 'other.tar')).toBe('fine');
});

test('by default a bundle goes beside the outermost context around it', async () => {
  const plan = await planned('.');
  expect(await outsideContexts(join(folder, 'shop.bundle'), plan.builds)).toBe(
    join(dirname(folder), 'shop.bundle'),
  );
  await writeFile(join(folder, '.dockerignore'), '*.bundle\n');
  expect(await outsideContexts(join(folder, 'shop.bundle'), plan.builds)).toBe(
    join(folder, 'shop.bundle'),
  );
});
