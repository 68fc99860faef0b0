import { execFile as execFileCallback } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { recordedPlace, toolFiles, toolsPlace } from '@bundle/depot';

// The npm of this machine, with a registry of one package.

const execFile = promisify(execFileCallback);
let work: string;
let server: Server;
let requests: string[];
const at = (...names: string[]): string => join(work, ...names);

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'npm-script-'));
  await mkdir(at('package'));
  await mkdir(at('app'));
  await mkdir(at('store'));
  await mkdir(at('tmp'));
  await writeFile(at('package/package.json'), '{"name":"left","version":"1.0.0"}');
  await execFile('tar', ['-czf', at('left.tgz'), '-C', work, 'package']);
  await writeFile(at('npm.cjs'), toolFiles['npm.cjs'] ?? '');
  await writeFile(at('app/package.json'), '{"name":"app","dependencies":{"left":"^1"}}');
  const bytes = await readFile(at('left.tgz'));
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  server = createServer((request, response) => {
    requests.push(request.url ?? '');
    if (request.url?.endsWith('.tgz')) return response.end(bytes);
    if (request.url !== '/left') return response.writeHead(404).end('{}');
    const tarball = `${origin()}left/-/left-1.0.0.tgz`;
    const dist = { tarball, integrity };
    const versions = { '1.0.0': { name: 'left', version: '1.0.0', dist } };
    return response.end(
      JSON.stringify({ name: 'left', 'dist-tags': { latest: '1.0.0' }, versions }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
  requests = [];
});
afterAll(async () => {
  server.close();
  await rm(work, { recursive: true, force: true });
});

const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

async function npm(command: readonly string[]): Promise<void> {
  await rm(at('app/node_modules'), { recursive: true, force: true });
  await execFile(command[0] ?? '', command.slice(1), {
    cwd: at('app'),
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: work,
      TMPDIR: at('tmp'),
      npm_config_cache: at('cache'),
      npm_config_registry: origin(),
      npm_config_update_notifier: 'false',
    },
  });
}

const install = ['npm', 'install', '--no-audit', '--no-fund'];

test('packages are recorded although a cache of npm has them, as with RUN --mount=type=cache', async () => {
  await npm(install);
  requests = [];
  await npm(install);
  expect(requests).toEqual([]);
  await npm([process.execPath, at('npm.cjs'), 'record', at('store'), 'left@1', '--', ...install]);
  expect((await readdir(at('tmp'))).sort()).toEqual([]);
  expect((await readdir(at('store'))).sort()).toEqual(['index.json', 'left-1.0.0.tgz']);
});

test('recorded packages are installed where the cache cannot be written and nothing else answers', async () => {
  await rm(at('cache'), { recursive: true, force: true });
  await rm(at('app/package-lock.json'), { force: true });
  // Root can write anywhere, but cannot make a folder below a file.
  await writeFile(at('cache'), '');
  await npm([process.execPath, at('npm.cjs'), 'serve', at('store'), '--', ...install]);
  expect(await readdir(at('app/node_modules/left'))).toEqual(['package.json']);
  expect(requests).toEqual([]);
});

// Only root can become another user.
const asRoot = process.getuid?.() === 0 ? test : test.skip;

asRoot('steps of root and of another user are recorded into one folder', async () => {
  const script = (toolFiles['record.sh'] ?? '')
    .replaceAll(recordedPlace, at('out'))
    .replaceAll(toolsPlace, work)
    .replace('find / ', `find ${work} `);
  await writeFile(at('record.sh'), script);
  await writeFile(at('npm.names'), '');
  await chmod(work, 0o755);
  await chmod(at('tmp'), 0o1777);
  const env = { PATH: process.env['PATH'] ?? '', TMPDIR: at('tmp') };
  const step = ['/bin/sh', at('record.sh'), 'npm,pip', '/bin/sh', '-c', 'true'];
  await writeFile(at('pip.names'), '');
  await execFile(step[0] ?? '', step.slice(1), { env });
  const setpriv = ['--reuid=65534', '--regid=65534', '--clear-groups'];
  await execFile('setpriv', [...setpriv, ...step], { env });
  expect((await readdir(at('out'))).sort()).toEqual(['npm', 'pip']);
  expect(await readdir(at('out/pip'))).toEqual(['installed']);
  expect(await readdir(at('tmp'))).toEqual([]);
});

describe('a private registry for a scope, which wants a token', () => {
  let registry: Server;
  let refused: number;
  const address = (): string => `http://127.0.0.1:${(registry.address() as AddressInfo).port}/npm/`;

  beforeAll(async () => {
    const bytes = await readFile(at('left.tgz'));
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
    refused = 0;
    registry = createServer((request, response) => {
      if (request.headers.authorization !== 'Bearer s3cret') {
        refused += 1;
        return response.writeHead(401).end('{}');
      }
      if (request.url?.endsWith('.tgz')) return response.end(bytes);
      if (request.url !== '/npm/@own%2fleft') return response.writeHead(404).end('{}');
      const tarball = `${address()}@own/left/-/left-1.0.0.tgz`;
      const versions = {
        '1.0.0': { name: '@own/left', version: '1.0.0', dist: { tarball, integrity } },
      };
      const listing = { name: '@own/left', 'dist-tags': { latest: '1.0.0' }, versions };
      return response.end(JSON.stringify(listing));
    });
    await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
    await rm(at('app/package-lock.json'), { force: true });
    await rm(at('store'), { recursive: true });
    await mkdir(at('store'));
    await writeFile(at('app/package.json'), '{"name":"app","dependencies":{"@own/left":"^1"}}');
    const token = `${address().replace('http:', '')}:_authToken=s3cret`;
    await writeFile(at('.npmrc'), `@own:registry=${address()}\n${token}\n`);
    await rm(at('cache'), { recursive: true, force: true });
  });
  afterAll(async () => {
    registry.close();
    await rm(at('.npmrc'));
  });

  test('is asked with the token while packages are recorded, and not at all when they are served', async () => {
    const tool = [process.execPath, at('npm.cjs')];
    await npm([...tool, 'record', at('store'), '--', ...install]);
    expect((await readdir(at('store'))).sort()).toEqual(['@own+left-1.0.0.tgz', 'index.json']);
    expect(await readFile(at('store/index.json'), 'utf8')).not.toContain('s3cret');
    expect(refused).toBe(0);
    registry.close();
    registry.closeAllConnections();
    await npm([...tool, 'serve', at('store'), '--', 'npm', 'ci', '--no-audit', '--no-fund']);
    expect(await readdir(at('app/node_modules/@own/left'))).toEqual(['package.json']);
  });
});

test('tarballs of a lock file of yarn 1 are kept under their names', async () => {
  await rm(at('store'), { recursive: true });
  await mkdir(at('store'));
  await rm(at('cache'), { recursive: true, force: true });
  await writeFile(
    at('app/yarn.lock'),
    `# yarn lockfile v1


left@^1:
  version "1.0.0"
  resolved "${origin()}left/-/left-1.0.0.tgz#00"

"right@^1":
  version "1.0.0"
`,
  );
  // What yarn does with the packages that this platform needs.
  const yarn = [
    '/bin/sh',
    '-c',
    'cp "$0" "$YARN_YARN_OFFLINE_MIRROR/left-1.0.0.tgz"',
    at('left.tgz'),
  ];
  const tool = [process.execPath, at('npm.cjs')];
  await npm([...tool, 'record', at('store'), '--', ...yarn]);
  expect((await readdir(at('store'))).sort()).toEqual(['index.json', 'left-1.0.0.tgz']);
  const list = ['/bin/sh', '-c', 'ls "$YARN_YARN_OFFLINE_MIRROR" | grep -x left-1.0.0.tgz'];
  await npm([...tool, 'serve', at('store'), '--', ...list]);
  await rm(at('app/yarn.lock'));
});

test('a lock file of another registry is served, with a folder in its addresses', async () => {
  await rm(at('store'), { recursive: true });
  await mkdir(at('store'));
  await rm(at('cache'), { recursive: true, force: true });
  await writeFile(at('app/package.json'), '{"name":"app","dependencies":{"left":"^1"}}');
  await rm(at('app/package-lock.json'), { force: true });
  const tool = [process.execPath, at('npm.cjs')];
  await npm([...tool, 'record', at('store'), '--', ...install]);
  const lock = await readFile(at('app/package-lock.json'), 'utf8');
  const elsewhere = 'https://registry.example/artifactory/npm/left/-/left-1.0.0.tgz';
  const written = lock.replace(/"resolved": "[^"]*"/, `"resolved": "${elsewhere}"`);
  expect(written).toContain(elsewhere);
  await writeFile(at('app/package-lock.json'), written);
  await npm([...tool, 'serve', at('store'), '--', 'npm', 'ci', '--no-audit', '--no-fund']);
  expect(await readdir(at('app/node_modules/left'))).toEqual(['package.json']);
});

test('a lock file that the spec names is kept, but for packages of other platforms', async () => {
  await rm(at('store'), { recursive: true });
  await mkdir(at('store'));
  await writeFile(at('app/package.json'), '{"name":"app"}');
  await rm(at('app/package-lock.json'), { force: true });
  const packages = {
    '': { name: 'next' },
    'node_modules/left': { version: '1.0.0' },
    'node_modules/right': { version: '1.0.0', optional: true, os: ['win32'] },
    'node_modules/own': { link: true, version: '1.0.0' },
  };
  await writeFile(at('npm-0.lock'), JSON.stringify({ lockfileVersion: 3, packages }));
  const tool = [process.execPath, at('npm.cjs')];
  await npm([...tool, 'record', at('store'), '--', 'node', '--version']);
  expect((await readdir(at('store'))).sort()).toEqual(['index.json', 'left-1.0.0.tgz']);
  const absent = { ...packages, 'node_modules/right': { version: '1.0.0' } };
  await writeFile(at('npm-0.lock'), JSON.stringify({ lockfileVersion: 3, packages: absent }));
  await expect(npm([...tool, 'record', at('store'), '--', 'node', '--version'])).rejects.toThrow(
    /the registry does not have right@1.0.0, which a lock file lists/,
  );
  await rm(at('npm-0.lock'));
});
