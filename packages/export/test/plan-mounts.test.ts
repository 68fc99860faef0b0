// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import type { ApplicationOptions, ApplicationPlan } from '../src/application/application.ts';
import { planApplication } from '../src/application/plan.ts';
import {
  errorOf,
  noPlugin,
  options,
  projectFolder,
  removeProject,
  textOf,
} from './project-folder.ts';

let folder: string;
afterEach(() => removeProject(folder));

/** A repository with its Compose file in `docker/`. */
async function repository(compose: string, files: Record<string, string> = {}): Promise<void> {
  folder = await projectFolder({ '.git/HEAD': 'x', 'docker/compose.yaml': compose, ...files });
}
function plan(
  more: Partial<ApplicationOptions> = {},
  env: Record<string, string> = {},
): Promise<ApplicationPlan> {
  return planApplication(options(folder, ['docker/compose.yaml'], more), noPlugin, env);
}
const packedPaths = ({ files }: ApplicationPlan): string[] =>
  files.slice(3).map(({ path }) => path);
const web = (...volumes: string[]): string =>
  `services: {web: {image: nginx, volumes: ${JSON.stringify(volumes)}}}\n`;
function overrideOf(planned: ApplicationPlan): { services: { web: { volumes?: unknown } } } {
  return parse(textOf(planned, 'compose.offline.yml'), { logLevel: 'silent' });
}
const volumesOf = (planned: ApplicationPlan): unknown => overrideOf(planned).services.web.volumes;

it('files of the repository above the Compose file are packed, and mounted from their new place', async () => {
  await repository(
    `services:
  web:
    image: nginx
    volumes: [../conf:/etc/app:ro, "../conf/app.conf:/etc/app.conf:ro,z", ./own.conf:/own.conf]
    configs: [motd]
configs: {motd: {file: ../motd.txt}}
`,
    { 'conf/app.conf': 'a', 'motd.txt': 'm', 'docker/own.conf': 'o' },
  );
  const planned = await plan();
  expect(packedPaths(planned)).toEqual(['_parent/conf/app.conf', 'own.conf', '_parent/motd.txt']);
  expect(planned.leftOut).toEqual([]);
  expect(volumesOf(planned)).toEqual([
    './_parent/conf:/etc/app:ro',
    './_parent/conf/app.conf:/etc/app.conf:ro,z',
  ]);
  expect(overrideOf(planned)).toMatchObject({ configs: { motd: { file: './_parent/motd.txt' } } });
});

it('env files of the repository above the Compose file have an example, and are read from their new place', async () => {
  await repository(
    `services:
  web: {image: nginx, env_file: [../.env, {path: ./own.env, required: false, format: raw}]}
  api: {image: api, env_file: own.env}
`,
    { '.env': 'TOKEN=canary\n', 'docker/own.env': 'A=1\n' },
  );
  const planned = await plan();
  expect(planned.envFiles.map(({ path, example }) => [path, example])).toEqual([
    ['_parent/.env', '_parent/.env.example'],
    ['own.env', 'own.env.example'],
  ]);
  expect(textOf(planned, '_parent/.env.example')).toContain('TOKEN=');
  expect(JSON.stringify(planned)).not.toContain('canary');
  const text = textOf(planned, 'compose.offline.yml');
  expect(text).toContain('env_file: !override');
  expect(parse(text, { logLevel: 'silent' }).services).toMatchObject({
    web: {
      env_file: [
        { path: './_parent/.env', required: true },
        { path: './own.env', required: false, format: 'raw' },
      ],
    },
    api: expect.not.objectContaining({ env_file: expect.anything() }),
  });
  await rm(join(folder, '.git'), { recursive: true });
  const outside = textOf(await plan(), 'compose.offline.yml');
  expect(outside).toContain('path: ./.mounts/_parent/.env');
});

it('without a repository, mounts above stay out and never lead to the folder of releases', async () => {
  folder = await projectFolder({
    'docker/compose.yaml': web('../conf:/etc/app:ro', '../../x:/x'),
    'conf/app.conf': 'a',
  });
  const planned = await plan();
  expect(packedPaths(planned)).toEqual([]);
  expect(planned.leftOut).toEqual([
    expect.objectContaining({ source: '../conf', was: 'folder', place: '_parent/conf' }),
    expect.objectContaining({ source: '../../x', was: 'nothing', place: '_parent/_parent/x' }),
  ]);
  expect(volumesOf(planned)).toEqual([
    './.mounts/_parent/conf:/etc/app:ro',
    './.mounts/_parent/_parent/x:/x',
  ]);
  const named = await plan({ projectRoot: folder });
  expect(packedPaths(named)).toEqual(['_parent/conf/app.conf']);
  const wrong = await errorOf(plan({ projectRoot: join(folder, 'conf') }));
  expect(wrong.code).toBe('usage');
});

it('mounts left out have a place beside the releases, and their type here is recorded', async () => {
  await repository(
    `services:
  web:
    image: nginx
    volumes:
      - ./data:/data
      - ./new:/new
      - type: bind
        source: ./app.db
        target: /app.db
      - /etc/localtime:/etc/localtime:ro
      - /srv/nothing:/srv
      - \${CACHE:-./cache/x}/y:/cache
`,
    { 'docker/data/a.json': '{}', 'docker/app.db': 'x' },
  );
  const planned = await plan();
  expect(planned.leftOut.map(({ source, was, place }) => [source, was, place])).toEqual([
    ['./data', 'folder', 'data'],
    ['./new', 'nothing', 'new'],
    ['./app.db', 'file', 'app.db'],
    ['/etc/localtime', 'file', undefined],
    ['/srv/nothing', 'nothing', undefined],
    ['${CACHE:-./cache/x}/y', 'nothing', 'cache/x/y'],
  ]);
  expect(volumesOf(planned)).toEqual([
    './.mounts/data:/data',
    './.mounts/new:/new',
    { type: 'bind', source: './.mounts/app.db', target: '/app.db' },
    '${CACHE:-./.mounts/cache/x}/y:/cache',
  ]);
});

it('this machine’s path of the project, in a variable or written out, becomes the release’s folder', async () => {
  await repository('', { 'docker/conf/Caddyfile': 'c', 'docker/x.conf': 'x', 'up.conf': 'u' });
  const here = join(folder, 'docker');
  const compose = web(
    '${DATA_FOLDER}/conf/Caddyfile:/etc/caddy/Caddyfile',
    `${here}/x.conf:/x.conf`,
    '${DATA_FOLDER}/data:/data',
    '${DATA_FOLDER}/../up.conf:/up.conf',
  );
  await writeFile(join(here, 'compose.yaml'), compose);
  await writeFile(join(here, '.env'), `DATA_FOLDER=${here}\n`);
  const planned = await plan();
  expect(packedPaths(planned)).toEqual(['conf/Caddyfile', 'x.conf', '_parent/up.conf']);
  expect(volumesOf(planned)).toEqual([
    './conf/Caddyfile:/etc/caddy/Caddyfile',
    './x.conf:/x.conf',
    './.mounts/data:/data',
    './_parent/up.conf:/up.conf',
  ]);
  // Nobody has to set what has no effect.
  expect(planned.toSet).toEqual([]);
  expect(planned.envFiles).toEqual([]);
  expect(textOf(planned, 'env.example')).not.toContain('DATA_FOLDER');
  const texts = planned.files.filter(({ content }) => 'text' in content);
  expect(JSON.stringify(texts)).not.toContain(folder);
});

it('a variable that the other host chooses stays a variable', async () => {
  await repository(web('${CONF:-./conf}:/conf:ro', '${LIBRARY}:/library', '${UP:-../up}:/up:ro'), {
    'docker/conf/a': 'a',
    'docker/library/x.db': '',
    'up/b': 'b',
  });
  const planned = await plan({}, { LIBRARY: './library' });
  expect(packedPaths(planned)).toEqual(['conf/a', '_parent/up/b']);
  expect(volumesOf(planned)).toEqual(['${UP:-./_parent/up}:/up:ro']);
  const elsewhere = await plan({}, { LIBRARY: '/srv/library', UP: '/srv/up' });
  expect(volumesOf(elsewhere)).toEqual(['${UP:-./.mounts/_parent/up}:/up:ro']);
});

it('configuration with a picture or a program in it is packed, writable or not', async () => {
  await repository(web('./conf:/etc/app', './agent.jar:/opt/agent.jar'), {
    'docker/conf/app.conf': 'a',
    'docker/conf/logo.png': '\x89PNG\0',
    'docker/agent.jar': 'PK\0',
  });
  const planned = await plan();
  expect(packedPaths(planned)).toEqual(['conf/app.conf', 'conf/logo.png', 'agent.jar']);
  expect(planned.mounts).toEqual([
    { source: './conf', services: ['web'], isPacked: true, why: 'configuration: 2 files' },
    { source: './agent.jar', services: ['web'], isPacked: true, why: 'a file' },
  ]);
});

it('files written by one service are data for another that only reads them', async () => {
  await repository(
    `services:
  app: {image: app, volumes: [./data:/data]}
  web: {image: nginx, volumes: ["./data:/srv:ro", "./data/static:/static:ro", "./data/nginx.conf:/n:ro"]}
`,
    { 'docker/data/static/a.css': 'a', 'docker/data/nginx.conf': 'n' },
  );
  const planned = await plan();
  expect(packedPaths(planned)).toEqual(['data/nginx.conf']);
  expect(planned.leftOut.map(({ service, source }) => `${service} ${source}`)).toEqual([
    'app ./data',
    'web ./data',
    'web ./data/static',
  ]);
});

it('data in a folder of configuration stays here, and the folder is packed without it', async () => {
  await repository(web('./app:/app', './app/data:/app/data'), {
    'docker/app/app.conf': 'a',
    'docker/app/data/users.db': 'x',
  });
  expect(packedPaths(await plan())).toEqual(['app/app.conf']);
});

it('include and exclude decide, and a path that is not mounted is refused', async () => {
  await repository(web('./demo-data:/demo-data', './conf:/conf', './big:/big:ro'), {
    'docker/demo-data/workflow.json': '{}',
    'docker/conf/a': 'a',
    'docker/conf/b': 'b',
    'docker/big/x': 'x',
  });
  const at = (...paths: string[]): string[] => paths.map((path) => join(folder, 'docker', path));
  expect(packedPaths(await plan())).toEqual(['conf/a', 'conf/b', 'big/x']);
  const chosen = await plan({ include: at('demo-data'), exclude: at('conf/b', 'big') });
  expect(packedPaths(chosen)).toEqual(['demo-data/workflow.json', 'conf/a']);
  expect(chosen.leftOut.map(({ source, was }) => [source, was])).toEqual([
    ['conf/b', undefined],
    ['./big', 'empty'],
  ]);
  for (const wrong of [{ include: at('demo') }, { exclude: at('none') }]) {
    const { code, details } = await errorOf(plan(wrong));
    expect([code, details.found]).toEqual(['usage', 'no service mounts it']);
  }
});

it('private keys are reported, wherever in a mounted folder they are', async () => {
  const key = '-----BEGIN PRIVATE KEY-----\nMIIE\n';
  await repository(web('./certs:/certs:ro', './a.pem:/a.pem:ro'), {
    'docker/certs/deep/key.pem': key,
    'docker/certs/cert.pem': '-----BEGIN CERTIFICATE-----\nMIIE\n',
    'docker/a.pem': key,
  });
  const found = (await plan()).privateKeys;
  expect(found).toEqual([join(folder, 'docker/certs/deep/key.pem'), join(folder, 'docker/a.pem')]);
  const without = await plan({ exclude: found });
  expect(without.privateKeys).toEqual([]);
});

it('a target that ends in a slash keeps the text of its source', async () => {
  await repository(web('/opt/pihole/:/etc/pihole/', '${DIR}/:/x/'));
  const { leftOut } = await plan({}, { DIR: '/opt/canary' });
  expect(leftOut.map(({ source }) => source)).toEqual(['/opt/pihole/', '${DIR}/']);
});

it('a folder of data readable only by its owner does not stop the export', async () => {
  await repository(web('./pg:/var/lib/postgresql/data'));
  await mkdir(join(folder, 'docker/pg'), { mode: 0o000 });
  const { leftOut } = await plan();
  expect(leftOut).toHaveLength(1);
  expect(dirname(leftOut[0]?.source ?? '')).toBe('.');
});

it('a volume that is bound to a folder is listed with the folder, and kept beside the releases', async () => {
  const bound = (
    device: string,
  ): string => `services: {web: {image: nginx, volumes: ["data:/data"]}}
volumes: {data: {driver: local, driver_opts: {type: none, o: bind, device: "${device}"}}}
`;
  const volumes = (planned: ApplicationPlan): unknown =>
    parse(textOf(planned, 'compose.offline.yml'), { logLevel: 'silent' }).volumes;
  await repository(bound('${PWD}/seed'), { 'docker/seed/a': 'hello' });
  const planned = await plan({}, { PWD: `${folder}/docker` });
  expect(planned.leftOut).toEqual([
    {
      ...{ service: 'web', source: '${PWD}/seed', target: '/data', was: 'folder', place: 'seed' },
      reason: 'data: the folder of a named volume',
    },
  ]);
  expect(volumes(planned)).toEqual({
    data: { driver: 'local', driver_opts: { type: 'none', o: 'bind', device: './.mounts/seed' } },
  });
  expect(volumesOf(planned)).toBeUndefined();

  await writeFile(join(folder, 'docker/compose.yaml'), bound('${PWD}/nowhere'));
  const inFolder = { PWD: `${folder}/docker` };
  expect((await errorOf(plan({}, inFolder))).code).toBe('input-unreadable');
  await writeFile(join(folder, 'docker/compose.yaml'), bound('/tmp'));
  expect(volumes(await plan())).toBeUndefined();
});

it('seccomp profiles of the project are packed, and those of the host are not', async () => {
  const options = ['seccomp=./profile.json', 'seccomp:unconfined', 'seccomp=/etc/other.json'];
  await repository(`services: {web: {image: nginx, security_opt: ${JSON.stringify(options)}}}\n`, {
    'docker/profile.json': '{}',
  });
  expect(packedPaths(await plan())).toEqual(['profile.json']);
  await rm(join(folder, 'docker/profile.json'));
  expect((await errorOf(plan())).code).toBe('input-unreadable');
});

it('files mounted into a named volume are configuration, and a database there is data', async () => {
  const volumes = [
    'grafana:/var/lib/grafana/',
    './dashboards:/var/lib/grafana/dashboards',
    './plugins:/var/lib/grafana/plugins',
    './alone:/var/lib/other',
  ];
  await repository(`${web(...volumes)}volumes: {grafana: {}}\n`, {
    'docker/dashboards/a.json': '{}',
    'docker/plugins/state.sqlite': 'SQLite format 3',
    'docker/alone/a.json': '{}',
  });
  expect(packedPaths(await plan())).toEqual(['dashboards/a.json']);
});
