// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApplicationOptions } from '../src/application/application.ts';
import { planApplication } from '../src/application/plan.ts';
import { noPlugin, options, projectFolder, removeProject, textOf } from './project-folder.ts';

let folder = '';
afterEach(() => removeProject(folder));

async function planOf(
  compose: string,
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
  more: Partial<ApplicationOptions> = {},
) {
  folder = await projectFolder({ ...files, 'compose.yml': compose });
  const withEnv = (more.withEnv ?? []).map((file) => join(folder, file));
  const chosen = options(folder, ['compose.yml'], { ...more, withEnv });
  return planApplication(chosen, noPlugin, env);
}

const service = (keys: string) => `services: {web: {image: "web:1", ${keys}}}\n`;

test('variables with a value here but no default must be filled in there; differing ones are reported', async () => {
  const planned = await planOf(
    service(
      'ports: ["${PORT}:80"], environment: ["A=${LEVEL:-info}", "B=${SAME:-1}", "C=${HERE:-1}", "D=${BLANK}", OF_SHELL, "E=${HOME}"]',
    ),
    { '.env': 'PORT=8088\nLEVEL=debug\nSAME=1\nBLANK=\n' },
    { OF_SHELL: 'x', HOME: '/root' },
  );
  const example = 'env.example';
  const toFill = ['PORT', 'OF_SHELL'];
  expect(planned.toSet).toEqual([{ path: '.env', example, toFill, differing: ['LEVEL'] }]);
  expect(planned.envFiles).toEqual([{ path: '.env', example, toFill }]);
  expect(textOf(planned, example)).toMatch(/# required: set on the source host\nPORT=\n/);
  expect(textOf(planned, example)).not.toContain('8088');
});

test('a .env packed with its values leaves only variables of the environment to fill in', async () => {
  const compose = service('environment: ["A=${A}", "B=${B}"]');
  const planned = await planOf(compose, { '.env': 'A=1\n' }, { B: '2' }, { withEnv: ['.env'] });
  expect(planned.toSet.map(({ toFill }) => toFill)).toEqual([['B']]);
  expect(planned.envFiles).toEqual([]);
});

test('variables that only choose images and builds need not be filled in, and have a value that Compose can read', async () => {
  const planned = await planOf(
    'x-image: &image {image: "web:${TAG:?set it}"}\nservices: {web: {<<: *image, build: {context: ., args: {V: "${VERSION}"}}}}\n',
    { '.env': 'TAG=1\nVERSION=2\n' },
  );
  expect(planned.toSet).toEqual([]);
  expect(planned.envFiles).toEqual([{ path: '.env', example: 'env.example', toFill: [] }]);
  const text = textOf(planned, 'env.example');
  expect(text).toContain('\nTAG=fixed-by-the-bundle\n');
  expect(text).toContain('\nVERSION=fixed-by-the-bundle\n');
  expect(text).not.toContain('required');
});

test.each([
  'env.example',
  '.env.example',
  '.env.sample',
  'env.sample',
  '.env.dist',
  'env.dist',
  'example.env',
  'template.env',
  'sample.env',
  '.env.template',
  'env.template',
  '.env-example',
])("the project's own %s is packed byte for byte, with its comments", async (name) => {
  const own = '# How many workers\r\nWORKERS=4\r\nTAG=1\r\n';
  const planned = await planOf(service('environment: ["W=${WORKERS}"]'), {
    '.env': 'WORKERS=4\n',
    [name]: own,
  });
  const packed = planned.files.find(({ path }) => path === 'env.example');
  expect(packed?.content).toEqual({ file: join(folder, name) });
  expect(planned.toSet).toEqual([]);
});

test('lines that the own example lacks are added at its end, and empty ones are called required', async () => {
  const own = '# of the vault\nDB_PASSWORD=\nPORT=80';
  const planned = await planOf(
    service('environment: ["P=${DB_PASSWORD}", "N=${NAME}"], ports: ["${PORT}:80"]'),
    { '.env': 'DB_PASSWORD=canary\nNAME=canary\nPORT=8080\n', '.env.sample': own },
  );
  const text = textOf(planned, 'env.example');
  expect(text.startsWith(`${own}\n\n# ---- Added by `)).toBe(true);
  expect(text).toContain('# required: set on the source host\n#DB_PASSWORD=\n');
  expect(text).toContain('# required: set on the source host\nNAME=\n');
  expect(JSON.stringify(planned)).not.toContain('canary');
  const toFill = ['DB_PASSWORD', 'NAME'];
  const differing = ['PORT'];
  expect(planned.toSet).toEqual([{ path: '.env', example: 'env.example', toFill, differing }]);
});

test.each(['db.env.example', 'db.env.sample', 'db.env.dist', 'db.env.template', 'db.example.env'])(
  'the example of an env file may be called %s',
  async (name) => {
    const own = 'USER=nextcloud\nPASSWORD=\n# optional\nHOST=\n';
    const planned = await planOf(service('env_file: db.env'), {
      'db.env': 'USER=other\nPASSWORD=canary\nHOST=h\nNEW=canary\n',
      [name]: own,
    });
    const text = textOf(planned, 'db.env.example');
    expect(text.startsWith(own)).toBe(true);
    expect(text).toContain('# required: set on the source host\n#PASSWORD=\n');
    expect(text).toContain('# required: set on the source host\nNEW=\n');
    expect(planned.toSet).toEqual([
      {
        path: 'db.env',
        example: 'db.env.example',
        toFill: ['PASSWORD', 'NEW'],
        differing: ['USER'],
      },
    ]);
    expect(JSON.stringify(planned)).not.toContain('canary');
  },
);

test('nobody is asked for values that are empty here too, nor for an optional env file that does not exist', async () => {
  const planned = await planOf(
    service(
      'env_file: [web.env, {path: more.env, required: false}, {path: .env, required: false}]',
    ),
    { 'web.env': 'A=1\nEMPTY=\n' },
  );
  expect(planned.envFiles).toEqual([
    { path: 'web.env', example: 'web.env.example', toFill: ['A'] },
  ]);
  expect(textOf(planned, 'web.env.example')).toBe(
    'A=\n# optional: empty on the source host\nEMPTY=\n',
  );
});

test('a service’s env file is not mistaken for the example of another one', async () => {
  const planned = await planOf(service('env_file: [.env.template, .env], command: "${A}"'), {
    '.env': 'A=1\n',
    '.env.template': 'B=canary\n',
  });
  expect(textOf(planned, 'env.example')).toContain('required: set on the source host\nA=');
  expect(JSON.stringify(planned)).not.toContain('canary');
});

test('an example in a mounted folder is packed once', async () => {
  const compose = service('env_file: conf/web.env, volumes: ["./conf:/conf:ro"]');
  const planned = await planOf(compose, {
    'conf/web.env': 'A=1\n',
    'conf/web.env.example': 'B=\n',
  });
  expect(textOf(planned, 'conf/web.env.example')).toContain('\nA=\n');
});

test('an example in another encoding stays unchanged', async () => {
  folder = await projectFolder({ 'compose.yml': service('command: "${A} ${B}"') });
  await writeFile(join(folder, 'env.example'), Buffer.from('# gr\xfcn\nA=1\n', 'latin1'));
  const planned = await planApplication(options(folder, ['compose.yml']), noPlugin, { B: 'x' });
  const packed = planned.files.find(({ path }) => path === 'env.example');
  expect(packed?.content).toEqual({ file: join(folder, 'env.example') });
});
