import { execFile as execFileCallback } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  attemptsDuring,
  bundleCommand,
  docker,
  type EngineName,
  onEngine,
  printedBy,
} from '@bundle/testkit';
import { z } from 'zod';
import { bundleOn, ending, writeProject } from './small-app.ts';

// Dependencies that change on hosts that never had a network: npm, pip and apt install what the bundle carries.

const execFile = promisify(execFileCallback);
const noAttempts = { count: 0, packets: [] };
const reportSchema = z.object({
  images: z.array(z.object({ steps: z.array(z.object({ name: z.string(), state: z.string() })) })),
});

const sweep = process.env['BUNDLE_TEST_SWEEP'] === '1';

let work: string;
let server: Server;
const project = (...path: string[]): string => join(work, 'shop', ...path);

// Only unpacked: to configure it, dpkg compiles all of it.
const pythonBase = `FROM llm-chat/python:bookworm
RUN cd /tmp && apt-get -qq update && apt-get -qq download python3-pip && dpkg-deb -x python3-pip*.deb /
`;
const web = `FROM llm-chat/node:bookworm AS dependencies
WORKDIR /app
COPY package.json ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm install --no-audit --no-fund
FROM dependencies AS app
COPY app.js ./
CMD ["node", "app.js"]
`;
const api = `FROM carried/python:1 AS dependencies
ENV PIP_FIND_LINKS=/wheels PIP_NO_INDEX=1
COPY requirements.txt ./
RUN --mount=type=bind,from=wheels,target=/wheels pip install --break-system-packages -r requirements.txt
FROM dependencies AS app
RUN apt-get -qq update && apt-get -qq install -y --no-install-recommends libonig5
COPY app.py ./
CMD ["python3", "app.py"]
`;
const compose = `name: carried
services:
  web:
    image: carried/web:1
    build: { context: web, network: host, secrets: [npmrc] }
  api:
    image: carried/api:1
    build: { context: api, additional_contexts: { wheels: ./wheels } }
secrets:
  npmrc: { file: ./npmrc }
`;
const spec = `schemaVersion: 1
product: carried
compose: compose.yml
build: true
pull: never
packages: { npm: ["@carried/even@^2"], pip: [tiny-two], apt: [jq] }
`;
const wheels = `
import zipfile
for name, version, needs in ("tiny_one", "1.0", ""), ("tiny_two", "2.0", "Requires-Dist: tiny-three\\n"), ("tiny_three", "3.0", ""):
    info = f"{name}-{version}.dist-info/"
    with zipfile.ZipFile(f"/out/{name}-{version}-py3-none-any.whl", "w") as file:
        file.writestr(f"{name}.py", f"version = '{version}'\\n")
        file.writestr(info + "METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n{needs}")
        file.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        file.writestr(info + "RECORD", "")
`;

/** A registry with three packages, which only the export can reach. */
async function startRegistry(): Promise<Server> {
  const packages: Record<string, { version: string; dependencies?: Record<string, string> }> = {
    plain: { version: '1.0.0' },
    odd: { version: '1.1.0' },
    '@carried/even': { version: '2.0.0', dependencies: { odd: '^1' } },
  };
  const started = createServer(async (request, response) => {
    const [name = '', file] = decodeURIComponent(request.url ?? '')
      .slice(1)
      .split('/-/');
    const known = packages[name];
    if (known === undefined) {
      response.writeHead(404).end('{}');
      return;
    }
    const folder = await mkdtemp(join(work, 'tarball-'));
    const manifest = { name, main: 'index.js', ...known };
    await writeProject(folder, 'package', {
      'package.json': JSON.stringify(manifest),
      'index.js': `module.exports = ${JSON.stringify(`${name} ${known.version}`)};\n`,
    });
    const plain = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0'];
    const gzip = { env: { ...process.env, GZIP: '-n' } };
    await execFile('tar', [...plain, '-czf', 'it.tgz', 'package'], { cwd: folder, ...gzip });
    const bytes = await readFile(join(folder, 'it.tgz'));
    const tarball = `http://127.0.0.1:${port()}/${name}/-/it.tgz`;
    const integrity = `sha512-${Buffer.from(await crypto.subtle.digest('SHA-512', bytes)).toString('base64')}`;
    const version = { ...manifest, dist: { tarball, integrity } };
    const listing = {
      name,
      'dist-tags': { latest: known.version },
      versions: { [known.version]: version },
    };
    response.end(file === undefined ? JSON.stringify(listing) : bytes);
  });
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return started;
}

function port(): number {
  return z
    .object({ port: z.number() })
    .parse(server.address() satisfies AddressInfo | string | null).port;
}

const on = (engine: EngineName, ...args: string[]) => bundleOn(engine, join(work, engine), args);
const rebuild = (engine: EngineName, service: string) =>
  on(engine, 'rebuild', service, '--source', project(), '--json');
/** Its name makes it another one than in an earlier run, whose results the engine may still have. */
const manifestWith = (dependencies: Record<string, string>): Promise<void> =>
  writeFile(
    project('web/package.json'),
    JSON.stringify({ name: `web-${process.pid}`, dependencies }),
  );

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'carried-'));
  server = await startRegistry();
  await writeProject(work, 'shop', {
    'compose.yml': compose,
    'bundle.yaml': spec,
    npmrc: `registry=http://127.0.0.1:${port()}/\n`,
    'web/Dockerfile': web,
    'web/app.js': 'console.log(require("plain"))\n',
    'api/Dockerfile': api,
    'api/requirements.txt': 'tiny-one==1.0\n',
    'api/app.py': 'import tiny_one\n',
    'wheels/make.py': wheels,
    'base/Dockerfile': pythonBase,
  });
  await manifestWith({ plain: '1.0.0' });
  await docker('connected', 'build', '-q', '-t', 'carried/python:1', project('base'));
  const mount = `${project('wheels')}:/out`;
  await docker(
    'connected',
    'run',
    '--rm',
    '-v',
    mount,
    'carried/python:1',
    'python3',
    '/out/make.py',
  );
  const flags = ['-o', join(work, 'carried.tar'), '--no-runtime', '--no-progress'];
  const pack = [...bundleCommand, 'export', project('bundle.yaml'), ...flags];
  await ending(0, onEngine('connected', pack));
  server.close();
  // From here on, neither the registry nor the wheels can be reached.
  await rm(project('wheels'), { recursive: true });
  await writeProject(work, 'shop', { 'wheels/none': '' });
});
afterAll(async () => {
  server.closeAllConnections();
  await rm(work, { recursive: true, force: true });
});

describe.each<[EngineName]>([['offline-28'], ['offline-28-containerd']])('on %s', (engine) => {
  beforeAll(async () => {
    await ending(0, on(engine, 'import', join(work, 'carried.tar'), '--yes'));
    await manifestWith({ plain: '1.0.0' });
    await writeFile(project('api/requirements.txt'), 'tiny-one==1.0\n');
    await writeFile(project('api/Dockerfile'), api);
  });

  test('a package of npm is added, from the bundle alone; the steps before it are reused', async () => {
    await manifestWith({ plain: '1.0.0', '@carried/even': '^2.0.0' });
    await writeFile(
      project('web/app.js'),
      'console.log(require("@carried/even"), require("odd"))\n',
    );
    let states: string[] = [];
    const work = async (): Promise<void> => {
      const { stdout } = await ending(0, rebuild(engine, 'web'));
      const [image] = reportSchema.parse(JSON.parse(stdout)).images;
      states =
        image?.steps.map(({ name, state }) => `${state} ${name.replace(/^\[.*?\] /, '')}`) ?? [];
    };
    expect(await attemptsDuring(engine, work)).toEqual(noAttempts);
    expect(states).toContain('reused WORKDIR /app');
    expect(states.join('\n')).toMatch(/^run RUN --mount=type=secret,id=npmrc\S* npm install/m);
    expect(await printedBy(engine, 'carried/web:1')).toBe('@carried/even 2.0.0 odd 1.1.0');
  });

  // A store of images makes no difference to them: BUNDLE_TEST_SWEEP=1 has both.
  const once = engine === 'offline-28' || sweep ? test : undefined;

  once?.('packages of pip and of apt are added, from the bundle alone', async () => {
    await writeFile(project('api/requirements.txt'), 'tiny-one==1.0\ntiny_two>=2\n');
    await writeFile(project('api/Dockerfile'), api.replace('libonig5', 'libonig5 jq'));
    await writeFile(project('api/app.py'), 'import tiny_three; print(tiny_three.version)\n');
    const work = async (): Promise<void> => {
      await ending(0, rebuild(engine, 'api'));
    };
    expect(await attemptsDuring(engine, work)).toEqual(noAttempts);
    expect(await printedBy(engine, 'carried/api:1')).toBe('3.0');
    expect(await printedBy(engine, 'carried/api:1', 'jq', '--version')).toMatch(/^jq-/);
  });

  test('packages that are not carried are named before anything is built', async () => {
    await manifestWith({ plain: '^2.0.0', 'left-pad': '^1.3.0' });
    const { stdout } = await ending(38, rebuild(engine, 'web'));
    expect(stdout).toContain('npm package plain@^2.0.0, but 1.0.0');
    expect(stdout).toContain('npm package left-pad@^1.3.0');
    await writeFile(project('api/Dockerfile'), api.replace('libonig5', 'nmap'));
    const { stdout: ofApt } = await ending(38, rebuild(engine, 'api'));
    expect(ofApt).toContain('apt package nmap');
  });
});
