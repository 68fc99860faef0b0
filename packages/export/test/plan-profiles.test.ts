// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files
import type { ApplicationOptions } from '../src/application/application.ts';
import { planApplication } from '../src/application/plan.ts';
import {
  errorOf,
  noPlugin,
  options,
  projectFolder,
  removeProject,
  textOf,
} from './project-folder.ts';

const compose = `services:
  web: {image: "web:1"}
  cpu: {image: "db:1", profiles: [cpu], container_name: model}
  gpu: {image: "db:1", profiles: [gpu], container_name: model}
`;
let folder = '';
afterEach(() => removeProject(folder));

async function planOf(
  files: Readonly<Record<string, string>>,
  more: Partial<ApplicationOptions> = {},
  env: Readonly<Record<string, string>> = {},
) {
  folder = await projectFolder({ 'compose.yml': compose, ...files });
  return planApplication(options(folder, ['compose.yml'], more), noPlugin, env);
}

const started = async (...args: Parameters<typeof planOf>): Promise<string[]> =>
  (await planOf(...args)).profiles.flatMap((one) => (one.started ? [one.name] : []));

test('the same profiles start on the other host as here', async () => {
  const planned = await planOf({ '.env': 'COMPOSE_PROFILES=cpu\n' });
  expect(planned.profiles).toEqual([
    { name: 'cpu', services: ['cpu'], started: true, alternatives: ['gpu'] },
    { name: 'gpu', services: ['gpu'], started: false, alternatives: ['cpu'] },
  ]);
  expect(textOf(planned, 'env.example')).toContain(`# Services that start only with a profile:
# cpu (cpu, not beside gpu)
# gpu (gpu, not beside cpu)
# any of: cpu, gpu
# asked before the first start
COMPOSE_PROFILES=cpu
`);
  expect(planned.envFiles).toEqual([{ path: '.env', example: 'env.example', toFill: [] }]);
});

test('any choice of profiles here counts: the environment, --profile, and the packed ones', async () => {
  expect(await started({}, {}, { COMPOSE_PROFILES: 'gpu' })).toEqual(['gpu']);
  expect(await started({}, { profiles: ['gpu'] })).toEqual(['gpu']);
  expect(await started({ '.env': 'COMPOSE_PROFILES=cpu\n' }, { profiles: ['gpu'] })).toEqual([
    'gpu',
  ]);
  expect(await started({ '.env': 'COMPOSE_PROFILES=nosuch\n' })).toEqual([]);
  expect(await started({})).toEqual([]);
});

test('both alternatives are packed, and neither is chosen', async () => {
  const planned = await planOf({}, { profiles: ['cpu', 'gpu'] });
  expect(planned.images.map(({ services }) => services)).toEqual([['cpu', 'gpu'], ['web']]);
  expect(planned.profiles.some((one) => one.started)).toBe(false);
  const text = textOf(planned, 'env.example');
  expect(text).toContain('# asked before the first start\n#COMPOSE_PROFILES=\n');
});

test('only profiles packed with --profile can be chosen', async () => {
  const planned = await planOf({}, { profiles: ['cpu'] });
  expect(planned.images.map(({ services }) => services)).toEqual([['cpu'], ['web']]);
  expect(textOf(planned, 'env.example')).toContain('# any of: cpu\n');
});

test.each<[string, string, string]>([
  ['the same', 'COMPOSE_PROFILES=cpu\n', '#COMPOSE_PROFILES=\n'],
  ['another one', 'COMPOSE_PROFILES=gpu\n', '\nCOMPOSE_PROFILES=cpu\n'],
  ['none', 'A=1\n', '\nCOMPOSE_PROFILES=cpu\n'],
  ['one that a variable chooses', 'COMPOSE_PROFILES=${KIND:-gpu}\n', '#COMPOSE_PROFILES=\n'],
])("the project's own example says %s", async (_case, own, line) => {
  const planned = await planOf({ '.env': 'COMPOSE_PROFILES=cpu\n', '.env.example': own });
  const text = textOf(planned, 'env.example');
  expect(text.startsWith(own)).toBe(true);
  expect(text).toContain(`# asked before the first start\n${line.trimStart()}`);
});

test('a missing file needed only by an unused profile does not stop the export', async () => {
  const alternative = `services:
  web: {image: "web:1"}
  alt: {image: "db:1", profiles: [alt], volumes: ["./alt/users.xml:/etc/users.xml:ro"], configs: [c]}
configs: {c: {file: ./alt/c.conf}}
`;
  const planned = await planOf({ 'compose.yml': alternative });
  expect(planned.leftOut.map(({ source, reason }) => `${source}: ${reason.split(';')[0]}`)).toEqual(
    ['./alt/users.xml: not there', './alt/c.conf: not there'],
  );
  for (const used of [{ profiles: ['alt'] }, {}]) {
    const env = 'profiles' in used ? {} : { COMPOSE_PROFILES: 'alt' };
    const work = planApplication(options(folder, ['compose.yml'], used), noPlugin, env);
    const { code, details } = await errorOf(work);
    expect(code).toBe('input-unreadable');
    expect(details.hint).toContain('--profile');
  }
});

test.each<[string, object, Readonly<Record<string, string>>, string, string | undefined]>([
  ['nobody names it', {}, {}, 'shop', 'docker'],
  ['--name does', { product: 'docker' }, {}, 'docker', undefined],
  ['the environment does', {}, { COMPOSE_PROJECT_NAME: 'mine' }, 'mine', undefined],
])('in a folder called docker, where %s', async (_case, more, env, product, composeName) => {
  folder = await projectFolder({ 'docker/compose.yml': 'services: {web: {build: .}}\n' });
  const chosen = options(folder, ['docker/compose.yml'], more);
  const planned = await planApplication(chosen, noPlugin, env);
  expect(planned.product).toBe(product);
  expect(planned.composeName).toBe(composeName);
  // Compose builds the image under its own name.
  const built = composeName ?? product;
  expect(planned.images.map(({ reference }) => reference)).toEqual([`${built}-web:latest`]);
});

test('settings of Compose itself are not requested if a service reads .env', async () => {
  const planned = await planOf({
    'compose.yml': 'services: {web: {image: "web:1", env_file: .env}}\n',
    '.env': 'COMPOSE_PROJECT_NAME=other\nCOMPOSE_FILE=compose.yml\nKEY=1\n',
  });
  expect(planned.toSet.map(({ toFill }) => toFill)).toEqual([['KEY']]);
  expect(textOf(planned, 'env.example')).not.toContain('COMPOSE_');
});

test('a variable with the content of a secret is a setting', async () => {
  const planned = await planOf({
    'compose.yml':
      'services: {web: {image: "web:1", secrets: [pw]}}\nsecrets: {pw: {environment: DB_PASSWORD}}\n',
    '.env': 'DB_PASSWORD=canary\n',
  });
  expect(planned.toSet.map(({ toFill }) => toFill)).toEqual([['DB_PASSWORD']]);
  expect(textOf(planned, 'env.example')).toContain(
    'required: set on the source host\nDB_PASSWORD=',
  );
  expect(JSON.stringify(planned)).not.toContain('canary');
});
