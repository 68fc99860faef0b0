import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { BundleManifest } from '@bundle/format';
import { shellcheck, shellcheckProgram, shells } from '@bundle/testkit';
import { installScript } from '../src/bundle/install-script.ts';

const run = promisify(execFile);
const digest = (letter: string) => `sha256:${letter.repeat(64)}` as const;
const amd64 = { os: 'linux', architecture: 'amd64' };

function manifest(version: string): Omit<BundleManifest, 'files' | 'sizes'> {
  const image = {
    reference: "shop/it's:1",
    services: ['web'],
    imageId: digest('a'),
    topDigest: digest('b'),
    manifestDigest: digest('b'),
    platform: amd64,
    layers: [
      { digest: digest('c'), mediaType: 'x', size: 1, diffId: digest('d'), unpackedSize: 4096 },
    ],
  };
  const envFiles = [
    { path: 'web.env', example: 'web.env.example', toFill: ['KEY'] },
    { path: 'fixed.env', example: 'fixed.env.example', toFill: [] },
  ];
  const created = '2026-01-01T00:00:00Z';
  const rest = { platform: amd64, images: [image], envFiles, leftOut: [] };
  return { schemaVersion: 1, product: 'shop', version, created, ...rest };
}

const files: Readonly<Record<string, string>> = {
  'README.txt': 'read me',
  'docker-compose.yml': 'services: {}',
  'compose.offline.yml': 'name: shop',
  'web.env.example': 'KEY=\n',
  'fixed.env.example': 'TAG=fixed-by-the-bundle\n',
  '.config/run.sh': '#!/bin/sh\n',
  'images/index.json': '{}',
};

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'install-script-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

async function writeBundle(version: string): Promise<string> {
  const folder = join(work, version);
  const script = installScript(manifest(version), ['.config/run.sh']);
  const all = { 'bundle.json': JSON.stringify(version), 'install.sh': script, ...files };
  let checksums = '';
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
    checksums += `${createHash('sha256').update(text).digest('hex')}  ${path}\n`;
  }
  await writeFile(join(folder, 'checksums.sha256'), checksums);
  return folder;
}

const engine = `case "$1 $2" in
'version --format') echo "\${ENGINE:-28.5.2 linux/amd64}" ;;
'info --format') echo /nowhere ;;
'load -q') cat >/dev/null ;;
'image inspect') echo "\${ID:-${digest('b')}}" ;;
'compose version') [ -z "\${NO_COMPOSE:-}" ] ;;
'compose -f') echo "$PWD: $*" >>"$LOG" ;;
*) exit 1 ;;
esac`;

describe.each(shells)('in $name', (shell) => {
  /** The script with a docker that answers as told; its state folder is WORK/state. */
  async function install(
    folder: string,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ) {
    await writeFile(join(work, 'docker'), `#!/bin/sh\n${engine}\n`, { mode: 0o755 });
    const options = {
      env: {
        PATH: `${work}:${await shell.path(join(work, 'applets'))}`,
        LOG: join(work, 'log'),
        HOME: work,
        ...env,
      },
    };
    const words = [join(folder, 'install.sh'), '--state-dir', join(work, 'state'), ...args];
    try {
      const [file = '', ...first] = shell.command;
      return { code: 0, ...(await run(file, [...first, ...words], options)) };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, stdout, stderr };
    }
  }

  const inCurrent = (path: string): string => join(work, 'state/shop/current', path);

  test('settings are asked for once, go on with the next release, and then it starts', async () => {
    const first = await install(await writeBundle('1.0'));
    expect(first).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/Fill in .*\n.*web\.env/),
    });
    expect((await stat(inCurrent('web.env'))).mode & 0o777).toBe(0o600);
    expect(first.stderr).not.toContain('fixed.env');
    expect(await readFile(inCurrent('fixed.env'), 'utf8')).toBe(files['fixed.env.example']);
    expect((await stat(inCurrent('.config/run.sh'))).mode & 0o777).toBe(0o755);
    expect(await readdir(inCurrent('.'))).not.toContain('images');
    await writeFile(inCurrent('web.env'), 'KEY=mine\n');
    await writeFile(inCurrent('.env'), 'PORT=81\n');
    const second = await install(await writeBundle('2.0'));
    expect(second).toMatchObject({ code: 0, stderr: expect.stringContaining('Started shop 2.0') });
    expect(await readlink(inCurrent('../current'))).toMatch(/^releases\/2\.0-[0-9a-f]{12}$/);
    expect(await readFile(inCurrent('web.env'), 'utf8')).toBe('KEY=mine\n');
    expect(await readFile(inCurrent('.env'), 'utf8')).toBe('PORT=81\n');
    expect(await readFile(join(work, 'log'), 'utf8')).toContain('up -d --pull never --no-build');
  });

  test.each([
    [
      'a file that was changed',
      51,
      'README.txt: FAILED',
      async (folder: string) => {
        await writeFile(join(folder, 'README.txt'), 'Read me');
      },
    ],
    [
      'a file that is gone',
      51,
      'README.txt',
      async (folder: string) => {
        await rm(join(folder, 'README.txt'));
      },
    ],
  ])('%s stops it before anything is loaded', async (_case, code, words, damage) => {
    const folder = await writeBundle('1.0');
    await damage(folder);
    expect(await install(folder)).toMatchObject({ code, stderr: expect.stringContaining(words) });
    expect(await readdir(work)).not.toContain('state');
  });

  test.each([
    ['another platform', { ENGINE: '28.5.2 linux/arm64' }, 60, 'runs linux/arm64'],
    ['an engine that reads no zstd', { ENGINE: '20.10.24 linux/amd64' }, 31, 'found 20.10.24'],
    ['an image that is another after the load', { ID: digest('e') }, 61, "shop/it's:1 is"],
  ])('%s is refused', async (_case, env, code, words) => {
    const result = await install(await writeBundle('1.0'), [], env);
    expect(result).toMatchObject({ code, stderr: expect.stringContaining(words) });
    expect(await readdir(work)).not.toContain('state');
  });

  test('without the compose plugin everything is loaded, and it says what to install and type', async () => {
    const folder = await writeBundle('1.0');
    await install(folder, ['--no-start']);
    const { code, stderr } = await install(folder, [], { NO_COMPOSE: 'yes' });
    expect(code).toBe(33);
    expect(stderr).toMatch(/docker-compose-plugin.*cd \S+current; docker compose -f/s);
  });

  test('a command in the bundle that runs does it all, and its exit code is kept; one that does not run is passed over', async () => {
    const folder = await writeBundle('1.0');
    await mkdir(join(folder, 'runtime'));
    const command = join(folder, 'runtime/bundle');
    const body = '[ "$1" = --version ] || { echo "$*" >>"$LOG"; exit 87; }';
    await writeFile(command, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    expect(await install(folder)).toMatchObject({ code: 87 });
    expect(await install(folder, ['--no-start', '-y'])).toMatchObject({ code: 87 });
    const words = `import ${folder} --state-dir ${join(work, 'state')}`;
    expect(await readFile(join(work, 'log'), 'utf8')).toBe(`${words} --up\n${words} --yes\n`);
    await writeFile(command, 'not for this machine', { mode: 0o755 });
    const plain = await install(folder, ['--no-start']);
    expect(plain.stderr).toContain('Working with sha256sum, tar and docker alone');
  });

  test('an option that it does not know is refused', async () => {
    expect(await install(await writeBundle('1.0'), ['--up'])).toMatchObject({ code: 2 });
  });
});

(shellcheckProgram === undefined ? test.skip : test)(
  'shellcheck has nothing to say of it',
  async () => {
    const folder = await writeBundle('1.0');
    expect(await shellcheck(join(folder, 'install.sh'))).toBe('');
  },
);
