import { execFile } from 'node:child_process';
import {
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  bundleCommand,
  docker,
  dockerHost,
  fixtureDir,
  fixtureImages,
  onEngine,
} from '@bundle/testkit';
import { pageOn } from './small-app.ts';

const run = promisify(execFile);
const target = 'offline-28';

/** A host without Node.js, with only busybox and the C and C++ libraries; the bundle is in /stick. */
let host: string;
let executable: string;
let checkout: string;

beforeAll(async () => {
  host = await mkdtemp(join(tmpdir(), 'host-'));
  executable = join(host, 'stick/runtime/bundle');
  checkout = join(dirname(bundleCommand[0] ?? ''), '..');
  const file = join(fixtureDir, 'docker-compose.yml');
  const args = [
    'export',
    file,
    '-o',
    join(host, 'stick'),
    '--no-progress',
    '--runtime',
    'platform',
  ];
  const { code, stdout, stderr } = await onEngine('connected', [...bundleCommand, ...args]);
  if (code !== 0) throw new Error(stderr);
  expect(stdout).toContain(`${executable} import`);
  await mkdir(join(host, 'bin'));
  const busybox = (await onEngine('connected', ['which', 'busybox'])).stdout.trim();
  await copyFile(busybox, join(host, 'bin/busybox'));
  await run(busybox, ['--install', '-s', join(host, 'bin')]);
  for (const applet of await readdir(join(host, 'bin'))) {
    if (applet === 'busybox') continue;
    await rm(join(host, 'bin', applet));
    await symlink('busybox', join(host, 'bin', applet));
  }
  const cache = join(host, 'cache');
  await run(executable, ['--version'], { env: { ...process.env, XDG_CACHE_HOME: cache } });
  const unpacked = join(cache, 'bundle/command');
  const [program = ''] = (await readdir(unpacked)).filter((name) => !name.endsWith('.checked'));
  const { stdout: libraries } = await run('ldd', [join(unpacked, program)]);
  for (const library of libraries.match(/\/\S+/g) ?? []) {
    await mkdir(join(host, dirname(library)), { recursive: true });
    await copyFile(library, join(host, library));
  }
  for (const folder of ['run', 'tmp', 'root', 'dev']) await mkdir(join(host, folder));
  await writeFile(join(host, 'dev/null'), '');
});
afterAll(async () => {
  await rm(host, { recursive: true, force: true });
});

/**
 * Runs the bundle’s own command on the host, which has access to the engine’s socket but to no file of this machine.
 */
async function onHost(...args: string[]) {
  const socket = (await dockerHost(target)).slice('unix://'.length);
  const script =
    'mount --bind "$1" "$2/run" && mount --bind /dev/null "$2/dev/null" && root=$2 && shift 2 && exec chroot "$root" "$@"';
  const words = ['-c', script, 'sh', dirname(socket), host, '/stick/runtime/bundle', ...args];
  return onEngine(target, ['unshare', '--mount', 'sh', ...words], {
    env: { NODE_OPTIONS: '--no-such-option', HOME: '/root', XDG_CACHE_HOME: '' },
  });
}

test('a bundle imports itself on a host that has no Node.js', async () => {
  await docker(target, 'rmi', '-f', ...fixtureImages);
  expect(await onHost('verify', '/stick')).toMatchObject({ code: 0 });
  const engine = ['--docker-host', 'unix:///run/docker.sock'];
  const args = ['import', '/stick', '--state-dir', '/state', '--yes', '--json', ...engine];
  const { code, stdout } = await onHost(...args);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'imported' });
  for (const image of fixtureImages) await docker(target, 'image', 'inspect', image);
  const again = await onHost(...args);
  expect(JSON.parse(again.stdout)).toMatchObject({ outcome: 'already imported' });
});

test('the command kept with a release rebuilds an image from changed source', async () => {
  const source = join(host, 'source');
  await cp(fixtureDir, source, { recursive: true });
  const app = join(source, 'backend/app.py');
  await run('sed', ['-i', 's/^ANSWER = .*/ANSWER = "Changed: {message}"/', app]);
  const staged = join(host, 'state/llm-chat/current/runtime/bundle');
  const args = ['rebuild', 'backend', '--source', source, '--state-dir', join(host, 'state')];
  const { code, stderr } = await onEngine(target, [staged, ...args, '--yes']);
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('reused') });
});

test.each([
  ['with the command of the bundle', []],
  ['with coreutils, tar and docker alone', ['--plain']],
])('install.sh goes from the stick to a page through nginx, %s', async (_case, flags) => {
  await docker(target, 'rmi', '-f', ...fixtureImages);
  const state = join(host, `installed${flags.length}`);
  const path = await plainPath();
  const script = join(host, 'stick/install.sh');
  const line = ['env', `PATH=${path}`, 'sh', script, '--state-dir', state, ...flags];
  const { code, stdout, stderr } = await onEngine(target, line);
  try {
    const words = stdout + stderr;
    expect({ code, words }).toMatchObject({ code: 0, words: expect.stringContaining('Started') });
    expect(await pageOn(target, 8080)).toContain('llm-chat');
  } finally {
    await onEngine(target, ['docker', 'compose', '-p', 'llm-chat', 'down', '-v']);
  }
});

/** Makes a folder of programs: coreutils, gzip, tar, sh and docker. */
async function plainPath(): Promise<string> {
  const folder = join(host, 'programs');
  await mkdir(folder, { recursive: true });
  const words =
    'cat chmod cp cut df dirname gzip id ln ls mkdir mktemp mv rm sha256sum sh stat tail tar uname docker';
  const link = 'for name in $1; do ln -sf "$(command -v "$name")" "$2/"; done';
  await onEngine(target, ['sh', '-c', link, 'sh', words, folder]);
  return folder;
}

test('an executable packs itself', async () => {
  const output = join(host, 'again');
  const file = join(fixtureDir, 'docker-compose.yml');
  const args = ['export', file, '-o', output, '--no-rebuild', '--no-progress'];
  const { code } = await onEngine('connected', [executable, ...args]);
  expect(code).toBe(0);
  const [own, packed] = await Promise.all(
    [executable, join(output, 'runtime/bundle')].map((path) => readFile(path)),
  );
  expect(packed?.equals(own ?? Buffer.alloc(0))).toBe(true);
  const other = await onEngine('connected', [executable, ...args, '--force', '--runtime', 'all']);
  expect(other.code).toBe(80);
});

test('the executable is reproducible, byte for byte', async () => {
  const make = async () => (await run(join(checkout, 'scripts/build-runtime'))).stdout.trim();
  const built = await make();
  const before = await readFile(built);
  await rm(built);
  expect((await readFile(await make())).equals(before)).toBe(true);
  await run('sha256sum', ['-c', 'checksums.sha256'], { cwd: dirname(built) });
});
