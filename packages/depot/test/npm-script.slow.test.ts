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
    .replaceAll(toolsPlace, work);
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
