import { join } from 'node:path';
import { errorOf, projectFolder, removeProject } from '../../export/test/project-folder.ts';
import { findComposeFiles } from '../src/find.ts';

const text = 'services: {}\n';
let folder: string;
afterEach(() => removeProject(folder));

it.each<[string, Record<string, string>, string[]]>([
  [
    'compose.yaml before all others',
    { 'compose.yaml': text, 'compose.yml': text },
    ['compose.yaml'],
  ],
  [
    'docker-compose.yml before .yaml',
    { 'docker-compose.yml': text, 'docker-compose.yaml': text },
    ['docker-compose.yml'],
  ],
  [
    'the override beside it',
    { 'docker-compose.yml': text, 'docker-compose.override.yml': text },
    ['docker-compose.yml', 'docker-compose.override.yml'],
  ],
  [
    'what COMPOSE_FILE in .env names',
    { 'compose.yaml': text, 'a.yml': text, '.env': 'COMPOSE_FILE=compose.yaml:a.yml\n' },
    ['compose.yaml', 'a.yml'],
  ],
])('takes %s', async (_name, files, expected) => {
  folder = await projectFolder(files);
  expect(await findComposeFiles(folder)).toEqual(expected.map((file) => join(folder, file)));
});

it('an empty COMPOSE_PATH_SEPARATOR is none', async () => {
  folder = await projectFolder({ 'a.yml': text, 'b.yml': text });
  const env = { COMPOSE_FILE: 'a.yml:b.yml', COMPOSE_PATH_SEPARATOR: '' };
  expect(await findComposeFiles(folder, env)).toEqual([
    join(folder, 'a.yml'),
    join(folder, 'b.yml'),
  ]);
});

it('COMPOSE_FILE of the environment comes before .env', async () => {
  folder = await projectFolder({ '.env': 'COMPOSE_FILE=a.yml\n', 'a.yml': text, 'b.yml': text });
  expect(await findComposeFiles(folder, { COMPOSE_FILE: 'b.yml' })).toEqual([
    join(folder, 'b.yml'),
  ]);
});

it('lists the names that it searched for if there is no file', async () => {
  folder = await projectFolder({ 'app.yml': text });
  const { code, details } = await errorOf(findComposeFiles(folder));
  expect(code).toBe('compose-not-found');
  expect(details.subject).toBe(folder);
  expect(details.expected).toContain(
    'compose.yaml, compose.yml, docker-compose.yml, docker-compose.yaml',
  );
});

it('reports a folder that does not exist', async () => {
  folder = await projectFolder({});
  const { code } = await errorOf(findComposeFiles(join(folder, 'none')));
  expect(code).toBe('compose-not-found');
});
