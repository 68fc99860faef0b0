// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files
import { chmod, mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { limits } from '@bundle/format';
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

async function project(compose: string, files: Record<string, string> = {}): Promise<void> {
  folder = await projectFolder({ 'compose.yaml': compose, ...files });
}
function plan(
  more: Partial<ApplicationOptions> = {},
  env: Record<string, string> = {},
): Promise<ApplicationPlan> {
  return planApplication(options(folder, ['compose.yaml'], more), noPlugin, env);
}
const packedPaths = ({ files }: ApplicationPlan): string[] => files.map(({ path }) => path);
const own = ['docker-compose.yml', 'compose.offline.yml', 'env.example'];

it('a typical project: images, its own Compose file, mounted configuration, examples', async () => {
  await project(
    `services:
  web:
    image: nginx:\${TAG:-1.27}
    ports: ["\${PORT:-8080}:80"]
    env_file: web.env
    volumes:
      - ./nginx/default.conf:/etc/nginx/conf.d/default.conf:ro
      - ./scripts:/docker-entrypoint.d:ro
      - files:/srv
    configs: [motd]
  api:
    build: ./api
configs: {motd: {file: ./motd.txt}}
volumes: {files: {}}
`,
    {
      'nginx/default.conf': 'server {}\n',
      'scripts/10-start.sh': '#!/bin/sh\n',
      'motd.txt': 'hello\n',
      'web.env': '# for the page\nTITLE=x\n',
      'api/Dockerfile': 'FROM scratch\n',
    },
  );
  await chmod(join(folder, 'scripts/10-start.sh'), 0o755);
  const planned = await plan();
  expect(planned.product).toBe('shop');
  expect(planned.images.map(({ reference, built }) => [reference, built])).toEqual([
    ['nginx:1.27', false],
    ['shop-api:latest', true],
  ]);
  expect(packedPaths(planned)).toEqual([
    ...own,
    'nginx/default.conf',
    'scripts/10-start.sh',
    'motd.txt',
    'web.env.example',
  ]);
  expect(planned.files.filter(({ executable }) => executable).map(({ path }) => path)).toEqual([
    'scripts/10-start.sh',
  ]);
  expect(planned.files[0]?.content).toEqual({ file: join(folder, 'compose.yaml') });
  expect(textOf(planned, 'web.env.example')).toBe('# for the page\nTITLE=\n');
  expect(planned.envFiles).toEqual([
    { path: 'web.env', example: 'web.env.example', toFill: ['TITLE'] },
  ]);
  expect(planned.leftOut).toEqual([
    { service: 'web', source: 'files', reason: 'a named volume: its data stays on this host' },
  ]);
  expect(planned.warnings).toEqual([]);
  expect(await plan()).toEqual(planned);
});

it('an empty COMPOSE_PROJECT_NAME is none', async () => {
  await project('services: {web: {image: nginx}}\n', { '.env': 'COMPOSE_PROJECT_NAME=\n' });
  expect((await plan()).product).toBe('shop');
  await project('name: store\nservices: {web: {image: nginx}}\n');
  expect((await plan({}, { COMPOSE_PROJECT_NAME: '' })).product).toBe('store');
});

it('no value of .env or of an env file is anywhere in the plan', async () => {
  await project(
    `services:
  web:
    image: nginx
    env_file: [web.env, .env]
    environment: ["A=\${CANARY_A}", CANARY_B]
    command: ["\${CANARY_A:-x}"]
    labels: {l: "\${CANARY_B}"}
    volumes: ["\${CANARY_DIR}/x:/x", "\${CANARY_DIR:-./y}:/y:ro", "./conf:/conf", "./.env:/app/.env"]
`,
    {
      '.env': 'CANARY_A=canary-one\nCANARY_B="canary-two"\nCANARY_DIR=/srv/canary-three\n',
      'web.env': '# was canary-four\nCANARY_D=canary-four\nLONG="canary-five\n#canary-five\n"\n',
      'conf/app.conf': 'x\n',
      'conf/.env': 'Z=canary-six\n',
    },
  );
  await symlink('../.env', join(folder, 'conf/linked.conf'));
  const planned = await plan();
  expect(JSON.stringify(planned)).not.toContain('canary');
  expect(packedPaths(planned)).toEqual([...own, 'conf/app.conf', 'web.env.example']);
  expect(planned.envFiles).toEqual([
    {
      path: '.env',
      example: 'env.example',
      toFill: ['CANARY_A', 'CANARY_B', 'CANARY_DIR'],
    },
    { path: 'web.env', example: 'web.env.example', toFill: ['CANARY_D', 'LONG'] },
  ]);
  expect(planned.leftOut.map(({ source }) => source)).toEqual([
    '${CANARY_DIR}/x',
    '${CANARY_DIR:-./y}',
    'conf/.env',
    'conf/linked.conf',
    './.env',
  ]);
});

it('a requested env file is packed unchanged', async () => {
  await project('services: {web: {image: nginx, env_file: web.env}}\n', { 'web.env': 'A=1\n' });
  const planned = await plan({ withEnv: [join(folder, 'web.env')] });
  expect(packedPaths(planned)).toEqual([...own, 'web.env']);
  expect(planned.envFiles).toEqual([]);
  const absent = errorOf(plan({ withEnv: [join(folder, 'no.env')] }));
  expect((await absent).details.found).toBe('no such file');
  expect((await errorOf(plan({ withEnv: ['/etc/hostname'] }))).code).toBe('file-unsafe');
});

it.each(['env.example', '.env.example'])(
  'the project’s own %s is packed unchanged',
  async (name) => {
    await project('services: {web: {image: "nginx:${TAG}"}}\n', { [name]: 'TAG=1\n' });
    const { files } = await plan({}, { TAG: '1' });
    expect(files[2]).toMatchObject({ path: 'env.example', content: { file: join(folder, name) } });
  },
);

it('folders that hold data or source code are left out, with the reason', async () => {
  await project(
    `services:
  web:
    image: nginx
    build: ./app
    volumes: [./app:/app, .:/all, ./data:/data, ./models:/models:ro, ./big.bin:/big.bin:ro,
      ./app.db:/app.db, ./none:/none, ./run.sock:/run.sock, ../beside:/beside, /etc/hosts:/etc/hosts]
    secrets: [key]
secrets: {key: {file: ./key.txt}}
`,
    {
      'app/main.py': 'x\n',
      'data/a.json': '{}\n',
      'models/weights.bin': '',
      'big.bin': '',
      'app.db': 'SQLite format 3\0',
      'key.txt': 'k\n',
    },
  );
  await truncate(join(folder, 'models/weights.bin'), limits.maxConfigFileBytes + 1);
  await truncate(join(folder, 'big.bin'), limits.maxConfigFileBytes + 1);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(folder, 'run.sock'), resolve));
  try {
    const planned = await plan();
    expect(packedPaths(planned)).toEqual(own);
    const reasons = Object.fromEntries(
      planned.leftOut.map(({ source, reason }) => [source, reason]),
    );
    expect(reasons).toEqual({
      './app': expect.stringMatching(/^source code/),
      '.': expect.stringMatching(/^the whole project/),
      './data': expect.stringMatching(/^data: a writable folder/),
      './models': expect.stringMatching(/^data: .* bytes/),
      './big.bin': expect.stringMatching(/^data: .* bytes/),
      './app.db': expect.stringMatching(/^data: writable, with app.db in it/),
      './none': expect.stringMatching(/^not there/),
      './run.sock': expect.stringMatching(/^a socket/),
      '../beside': expect.stringMatching(/^outside the project: .* --project-root/),
      '/etc/hosts': 'the host’s own',
      './key.txt': expect.stringMatching(/^a secret/),
    });
  } finally {
    server.close();
  }
});

it('links are followed only inside the project, and never in circles', async () => {
  await project(
    'services: {web: {image: nginx, volumes: ["./conf:/conf:ro", "./out:/out:ro"]}}\n',
    {
      'conf/a.conf': 'a\n',
      'shared/b.conf': 'b\n',
    },
  );
  await symlink('../shared/b.conf', join(folder, 'conf/b.conf'));
  await symlink('../shared', join(folder, 'conf/shared'));
  await symlink('.', join(folder, 'conf/again'));
  await symlink('/etc/hostname', join(folder, 'conf/host.conf'));
  await symlink('/etc', join(folder, 'out'));
  const planned = await plan();
  expect(packedPaths(planned)).toEqual([
    ...own,
    'conf/a.conf',
    'conf/b.conf',
    'conf/shared/b.conf',
  ]);
  expect(planned.leftOut).toEqual([
    {
      service: 'web',
      source: 'conf/host.conf',
      reason: 'a symbolic link out of the project, to /etc/hostname',
    },
    expect.objectContaining({
      service: 'web',
      source: './out',
      reason: 'a symbolic link out of the project, to /etc',
    }),
  ]);
});

it('a missing configuration file is an error that names it', async () => {
  await project(
    'services: {web: {image: nginx, volumes: ["./nginx.conf:/etc/nginx/nginx.conf"]}}\n',
  );
  const { code, details } = await errorOf(plan());
  expect(code).toBe('input-unreadable');
  expect(details.subject).toBe(join(folder, 'nginx.conf'));
  expect(details.hint).toContain('nginx.conf');
});

it.each([
  ['a name that ends in a dot', './conf.', 'conf.'],
  ['the bundle’s own README', './README.txt', 'README.txt'],
])('a mounted file with %s is refused with advice', async (_name, source, path) => {
  await project(`services: {web: {image: nginx, volumes: ["${source}:/x:ro"]}}\n`, { [path]: 'x' });
  const { code, details } = await errorOf(plan());
  expect(code).toBe('file-unsafe');
  expect(details.subject).toBe(join(folder, path));
  expect(details.hint).toContain('Rename');
});

it('warns of names that change on the way, and of names that some media refuse', async () => {
  const decomposed = 'é'.normalize('NFD');
  await project('services: {web: {image: nginx, volumes: ["./conf:/x:ro"]}}\n', {
    [`conf/${decomposed}.conf`]: 'x',
    'conf/aux.conf': 'x',
    'conf/10:30.conf': 'x',
  });
  const { files, warnings } = await plan();
  expect(files.map(({ path }) => path)).toContain('conf/é.conf');
  expect(warnings.map(({ message }) => message)).toEqual([
    'conf/é.conf is packed under the composed form (NFC) of its name, which containers will see',
    'conf/10:30.conf (and 1 more) cannot be copied to FAT, exFAT or NTFS (it has the character :): choose the single-file form',
  ]);
});

it('a decomposed name that the Compose file has too is refused, as the Compose file keeps it', async () => {
  const name = `${'é'.normalize('NFD')}.conf`;
  await project(`services: {web: {image: nginx, volumes: ["./${name}:/x:ro"]}}\n`, { [name]: 'x' });
  expect((await errorOf(plan())).details.found).toContain('not in the composed form (NFC)');
});

it('warns of what reaches into the host, with file and line', async () => {
  await project(`services:
  web:
    image: nginx
    privileged: true
    network_mode: host
    pid: host
    command: \${UNSET}
    env_file: ../other.env
    volumes:
      - /var/run/docker.sock:/var/run/docker.sock
      - /etc/hosts:/etc/hosts
      - /etc/localtime:/etc/localtime:ro
      - /usr/share/zoneinfo:/usr/share/zoneinfo:ro
`);
  const { warnings } = await plan();
  expect(warnings.map(({ line, path, message }) => [line, path, message])).toEqual([
    [4, 'services.web.privileged', expect.stringContaining('privileged')],
    [5, 'services.web.network_mode', expect.stringContaining('network')],
    [6, 'services.web.pid', expect.stringContaining('pid namespace')],
    [9, 'services.web.volumes', expect.stringContaining('/etc/hosts of the host')],
    [9, 'services.web.volumes', expect.stringContaining('socket')],
    [7, 'services.web.command', expect.stringContaining('${UNSET} has no default')],
    [8, 'services.web.env_file', expect.stringContaining('../other.env')],
  ]);
  expect(warnings.every(({ file }) => file === join(folder, 'compose.yaml'))).toBe(true);
});

describe('a Compose file that cannot be packed is refused with its line', () => {
  it.each([
    ['bad YAML', 'services:\n  web:\n    image: [\n', /line \d/],
    ['a key twice', 'services:\n  web: {image: a}\n  web: {image: b}\n', /line 3.*unique/],
    [
      'an unset required variable',
      'services:\n  web:\n    image: ${TAG:?name it}\n',
      /line 3: .*name it/,
    ],
    [
      'neither image nor build',
      'services:\n  web:\n    ports: []\n',
      /line 2: .*neither image nor build/,
    ],
    [
      'a remote include',
      'include:\n  - https://x/y.git\nservices: {}\n',
      /line 2: include .*remote/,
    ],
    [
      'a remote extends',
      'services:\n  a:\n    extends: {file: "oci://x/y", service: b}\n',
      /line 3: .*remote/,
    ],
    [
      'a model',
      'services:\n  a:\n    image: b\n    models: [llm]\nmodels: {llm: {model: c}}\n',
      /line 4: .*model/,
    ],
    ['a provider', 'services:\n  a:\n    provider: {type: model}\n', /line 3: .*provider/],
    [
      'a key that changes prototypes',
      'services:\n  __proto__: {image: a}\n',
      /line 2: .*__proto__/,
    ],
    ['no services', 'services: {}\n', /no service/],
    ['a list', '- a\n', /no mapping/],
    ['an invalid image', 'services: {a: {image: "Bad Name"}}\n', /Bad Name/],
  ])('%s', async (_name, text, words) => {
    await project(text);
    const { code, details } = await errorOf(plan());
    expect(code).toBe('compose-invalid');
    expect(details.found).toMatch(words);
  });

  it('a variable without a value, with how to give it one', async () => {
    await project('services: {web: {image: nginx, environment: {LAB: "${LAB:?}"}}}\n');
    expect((await errorOf(plan())).details.hint).toMatch(/LAB=x before the command, or in \.env/);
  });

  it('an endless alias', async () => {
    await project('x-a: &a {b: [*a]}\nservices: {web: {image: nginx}}\n');
    expect((await errorOf(plan())).details.found).toBe(
      'line 1: the alias *a is a part of what it stands for',
    );
  });

  it('an alias bomb, quickly', async () => {
    const level = (name: string, of: string): string =>
      `${name}: &${name} [${`*${of},`.repeat(9)}]\n`;
    const names = [...'bcdefghij'];
    const bomb = names.map((name, index) => level(name, 'abcdefghi'[index] ?? 'a')).join('');
    await project(`a: &a [x]\n${bomb}services: {web: {image: nginx}}\n`);
    expect((await errorOf(plan())).details.found).toBe(
      'line 8: the aliases stand for more than 200000 values',
    );
  });

  it('hundreds of small aliases are packed', async () => {
    const service = (n: number): string =>
      `  s${n}: {<<: *base, environment: *env, logging: *log}\n`;
    const services = Array.from({ length: 300 }, (_, n) => service(n)).join('');
    const anchors =
      'x-log: &log {driver: local}\nx-env: &env {A: b}\nx-base: &base {image: nginx, logging: *log}\n';
    await project(`${anchors}services:\n${services}`);
    expect((await plan()).images).toMatchObject([{ reference: 'nginx:latest' }]);
  });

  it('endless brackets, quickly', async () => {
    await project(`services: ${'['.repeat(200_000)}`);
    expect((await errorOf(plan())).code).toBe('compose-invalid');
  });

  it('a file far too large, before it is read', async () => {
    await project('');
    await truncate(join(folder, 'compose.yaml'), 5_000_000_000);
    expect((await errorOf(plan())).details.found).toContain('5000000000 bytes');
  });

  it('a missing file', async () => {
    await project('');
    const missing = planApplication(options(folder, ['none.yaml']), noPlugin, {});
    expect((await errorOf(missing)).code).toBe('compose-not-found');
  });
});

describe('whatever needs the plugin is reported with its place', () => {
  it.each([
    ['include: [other.yaml]\nservices: {a: {image: x}}\n', /"include" of other.yaml on line 1/],
    [
      'services:\n  a:\n    extends: {file: other.yaml, service: b}\n',
      /"extends" of other.yaml on line 3/,
    ],
  ])('%s', async (text, words) => {
    await project(text, { 'other.yaml': 'services: {b: {image: y}}\n' });
    const { code, details } = await errorOf(plan());
    expect(code).toBe('compose-plugin-missing');
    expect(details.expected).toMatch(words);
  });

  it('merging two files', async () => {
    await project('services: {a: {image: x}}\n', { 'b.yaml': 'services: {a: {image: y}}\n' });
    const two = planApplication(options(folder, ['compose.yaml', 'b.yaml']), noPlugin, {});
    expect((await errorOf(two)).details.expected).toContain(join(folder, 'b.yaml'));
  });
});

it('services that extend others in the same file get their image and mounts', async () => {
  await project(
    `services:
  base: {image: nginx, volumes: ["./a.conf:/a:ro"]}
  web: {extends: base, volumes: ["./b.conf:/b:ro"]}
`,
    { 'a.conf': 'a', 'b.conf': 'b' },
  );
  const { images, files } = await plan();
  expect(images).toEqual([
    { reference: 'nginx:latest', source: 'nginx:latest', services: ['base', 'web'], built: false },
  ]);
  expect(files.find(({ path }) => path === 'a.conf')?.why).toBe('mounted by base, mounted by web');
});

it('packs the services of the named profiles, all by default', async () => {
  await project('services: {a: {image: a}, b: {image: b, profiles: [extra]}}\n');
  const names = async (more: Partial<ApplicationOptions>): Promise<string[]> =>
    (await plan(more)).images.map(({ reference }) => reference);
  expect(await names({})).toEqual(['a:latest', 'b:latest']);
  expect(await names({ profiles: [] })).toEqual(['a:latest']);
  expect(await names({ profiles: ['extra'] })).toEqual(['a:latest', 'b:latest']);
});

it('packs additional images and files named by a spec, but no env files', async () => {
  await project('services: {a: {image: a}}\n', { 'docs/x.md': 'x', '.env': 'A=1\n' });
  const planned = await plan({ extraImages: ['busybox'], extraFiles: ['docs'] });
  expect(planned.images.map(({ reference }) => reference)).toEqual(['a:latest', 'busybox:latest']);
  expect(packedPaths(planned)).toEqual([...own, 'docs/x.md']);
  for (const [name, code] of [
    ['.env', 'file-unsafe'],
    ['../x', 'file-unsafe'],
    ['none', 'input-unreadable'],
  ] as const) {
    expect((await errorOf(plan({ extraFiles: [name] }))).code).toBe(code);
  }
});

it('a folder whose name is not a valid project name needs --name', async () => {
  await project('name: "${N:-***}"\nservices: {a: {image: a}}\n');
  const { code, details } = await errorOf(plan());
  expect(code).toBe('compose-invalid');
  expect(details.hint).toContain('--name');
  expect((await plan({ product: 'other' })).product).toBe('other');
});

it('label files are packed, because Compose reads them at each start', async () => {
  await project('services: {a: {image: a, label_file: ./labels.txt}}\n', { 'labels.txt': 'a=b\n' });
  expect(packedPaths(await plan())).toContain('labels.txt');
});

it('a .env that is a folder is a clear error', async () => {
  await project('services: {a: {image: a, env_file: conf}}\n');
  await mkdir(join(folder, 'conf'));
  await writeFile(join(folder, 'conf/x'), 'x');
  expect((await errorOf(plan())).code).toBe('input-unreadable');
});
