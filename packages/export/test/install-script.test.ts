import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { BundleManifest } from '@bundle/format';
import {
  makeSshKey,
  type Shell,
  shellcheck,
  shellcheckProgram,
  shells,
  sshPath,
  sshSign,
} from '@bundle/testkit';
import { installScript } from '../src/bundle/install-script.ts';

const run = promisify(execFile);
const digest = (letter: string) => `sha256:${letter.repeat(64)}` as const;
const amd64 = { os: 'linux', architecture: 'amd64' };

function manifest(
  version: string,
  leftOut: BundleManifest['leftOut'] = [],
): Omit<BundleManifest, 'files' | 'sizes'> {
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
  const rest = { platform: amd64, images: [image], envFiles, leftOut };
  return { schemaVersion: 1, product: 'shop', version, created, ...rest };
}

const files: Readonly<Record<string, string>> = {
  'README.txt': 'read me',
  'docker-compose.yml': 'services: {}',
  'compose.offline.yml': 'name: shop',
  'web.env.example': 'KEY=\n',
  'fixed.env.example': 'TAG=fixed-by-the-bundle\n',
  '.config/run.sh': '#!/bin/sh\n',
  'pages/ü "one"  and "two".html': 'quotes and spaces',
  "pages/$(date) it's `id` *.html": 'what a shell might take for its own',
  'images/index.json': '{}',
};

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'install-script-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function writeBundle(
  version: string,
  more: Readonly<Record<string, string>> = {},
  leftOut: BundleManifest['leftOut'] = [],
): Promise<string> {
  const folder = join(work, version);
  const script = installScript(manifest(version, leftOut), ['.config/run.sh']);
  const all = { 'install.sh': script, ...files, ...more };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text, { mode: path === command ? 0o755 : 0o644 });
  }
  const listed = Object.entries(all).map(([path, text]) => ({
    path,
    size: text.length,
    sha256: sha256(text),
  }));
  // In the form that an export writes.
  const { envFiles } = manifest(version);
  const document = JSON.stringify({ version, envFiles, files: listed }, null, 1);
  await writeFile(join(folder, 'bundle.json'), `${document}\n`);
  return folder;
}

const command = 'runtime/bundle';
/** Makes a command that writes its arguments to LOG. */
const fakeCommand = (name: string, code = 87): string => `#!/bin/sh
case "$*" in
--version) exit 0 ;;
'import --help') echo '  --state-dir <path>' ;;
*) echo "${name}: $*" >>"$LOG"; exit ${code} ;;
esac
`;

const engine = `case "$1 $2" in
'version --format') echo "\${ENGINE:-28.5.2 linux/amd64}" ;;
'info --format') echo /nowhere ;;
'load -q') cat >/dev/null; echo load >>"$LOG" ;;
'image inspect') echo "\${ID:-${digest('b')}}" ;;
'compose version') [ -z "\${NO_COMPOSE:-}" ] ;;
'compose -f') echo "$PWD: $*" >>"$LOG" ;;
*) exit 1 ;;
esac`;

/** Folders of the programs that a script finds: those of its system, or of these nothing but coreutils. */
async function toolsIn(only: string | undefined, shell: Shell): Promise<string> {
  if (only === undefined) return shell.path(join(work, 'applets'));
  const folder = join(work, 'only');
  await mkdir(folder, { recursive: true });
  for (const name of ['sh', 'cat', 'cut', 'dirname', 'id', 'sha256sum']) {
    const { stdout } = await run('sh', ['-c', `command -v ${name}`]);
    await symlink(stdout.trim(), join(folder, name)).catch(() => undefined);
  }
  return folder;
}

describe.each(shells)('in $name', (shell) => {
  /** Runs the script with a docker that gives these answers; the state folder is WORK/state. */
  async function install(
    folder: string,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ) {
    await writeFile(join(work, 'docker'), `#!/bin/sh\n${engine}\n`, { mode: 0o755 });
    const options = {
      env: {
        PATH: `${work}:${await toolsIn(env['ONLY'], shell)}${env['MORE'] ?? ''}`,
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

  test('settings are requested once and kept for the next release, which then starts', async () => {
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

  test('it speaks Chinese where the locale is Chinese, and English everywhere else', async () => {
    const folder = await writeBundle('1.0');
    const chinese = await install(folder, [], { LANG: 'zh_CN.UTF-8' });
    expect(chinese.stderr).toContain(
      '正在校验每个文件…\n正在加载 1 个镜像…\n请填写以下由示例生成的文件',
    );
    // Nothing but names and commands is left in English.
    expect(chinese.stderr).not.toMatch(/[a-z]{3,} [a-z]{3,} [a-z]{3,}/);
    const help = await install(folder, ['--help'], { BUNDLE_LANG: 'zh', TERM: 'linux' });
    expect(help.stdout).toMatch(/^用法：sh install\.sh/);
    const refused = await install(folder, [], { LC_ALL: 'zh_CN', ENGINE: '28.5.2 linux/arm64' });
    expect(refused).toMatchObject({
      code: 60,
      stderr: expect.stringContaining('错误：本离线包适用于'),
    });
    for (const LANG of ['zh_CN.GB18030', 'zh_TW.UTF-8', 'C.UTF-8', '']) {
      const english = await install(folder, ['--help'], { LANG });
      expect(english.stdout).toMatch(/^Usage: sh install\.sh/);
    }
    const console = await install(folder, ['--help'], { LANG: 'zh_CN.UTF-8', TERM: 'linux' });
    expect(console.stdout).toMatch(/^Usage:/);
  });

  test('mounts that are not in the bundle are requested, and stay for all releases', async () => {
    const mount = { service: 'web', reason: 'data', target: '/x' };
    const leftOut: BundleManifest['leftOut'] = [
      { ...mount, source: './agent.jar', was: 'file', place: 'agent.jar' },
      { ...mount, source: '../it’s', was: 'folder', place: '_parent/it’s' },
      { ...mount, source: './new', was: 'empty', place: 'new' },
      { ...mount, source: '$DIR', was: 'folder' },
      { ...mount, source: '/proc', was: 'folder' },
    ];
    const mounts = join(work, 'state/shop/mounts');
    await install(await writeBundle('1.0', {}, leftOut));
    await writeFile(inCurrent('web.env'), 'KEY=mine\n');
    const first = await install(join(work, '1.0'));
    expect(first.code).toBe(0);
    expect(first.stderr).toContain(
      `mkdir -p):\n  ${mounts}/agent.jar (file, mounted by web)\n  ${mounts}/_parent/it’s (folder, mounted by web)\nthen start it:`,
    );
    expect(first.stderr).not.toMatch(/\/(?:new|proc) \(/);
    await mkdir(join(mounts, 'agent.jar'));
    await mkdir(join(mounts, '_parent/it’s'), { recursive: true });
    expect((await install(join(work, '1.0'))).stderr).toContain('agent.jar (file');
    await rm(join(mounts, 'agent.jar'), { recursive: true });
    await writeFile(join(mounts, 'agent.jar'), 'jar');
    const second = await install(await writeBundle('2.0', {}, leftOut));
    expect(second).toMatchObject({ code: 0, stderr: expect.stringContaining('Started shop 2.0') });
    expect(await readFile(inCurrent('.mounts/agent.jar'), 'utf8')).toBe('jar');
  });

  test.each([
    [
      'a changed file',
      51,
      'README.txt: FAILED',
      async (folder: string) => {
        await writeFile(join(folder, 'README.txt'), 'Read me');
      },
    ],
    [
      'a missing file',
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

  test('files that were added to the bundle are not copied, and settings of the host stay', async () => {
    await install(await writeBundle('1.0'));
    await writeFile(inCurrent('web.env'), 'KEY=mine\n');
    await writeFile(inCurrent('.env'), 'DATA=/data\n');
    const folder = await writeBundle('2.0');
    await writeFile(join(folder, '.env'), 'DATA=/\n');
    await writeFile(join(folder, 'web.env'), 'KEY=of-the-medium\n');
    await symlink('/etc', join(folder, 'added'));
    expect(await install(folder)).toMatchObject({ code: 0 });
    expect(await readFile(inCurrent('.env'), 'utf8')).toBe('DATA=/data\n');
    expect(await readFile(inCurrent('web.env'), 'utf8')).toBe('KEY=mine\n');
    expect(await readdir(inCurrent('.'))).not.toContain('added');
    const kept = ['bundle.json', 'README.txt', 'pages'];
    expect(await readdir(inCurrent('.'))).toEqual(expect.arrayContaining(kept));
    expect((await readdir(inCurrent('pages'))).length).toBe(2);
  });

  test.each(['../escaped', 'pages/../../escaped', '/tmp/bundle-install-escaped'])(
    'a bundle.json that lists %s is refused before anything is loaded',
    async (path) => {
      const folder = await writeBundle('1.0');
      const text = await readFile(join(folder, 'bundle.json'), 'utf8');
      const changed = text.replace('"path": "README.txt"', `"path": ${JSON.stringify(path)}`);
      await writeFile(join(folder, 'bundle.json'), changed);
      await writeFile(join(work, 'escaped'), files['README.txt'] ?? '');
      expect(await install(folder)).toMatchObject({ code: 56 });
      expect(await readdir(work)).not.toContain('state');
    },
  );

  test.each([
    ['another platform', { ENGINE: '28.5.2 linux/arm64' }, 60, 'runs linux/arm64'],
    ['an engine that cannot read zstd', { ENGINE: '20.10.24 linux/amd64' }, 31, 'found 20.10.24'],
    ['an image that differs after the load', { ID: digest('e') }, 61, "shop/it's:1 is"],
  ])('%s is refused', async (_case, env, code, words) => {
    const result = await install(await writeBundle('1.0'), [], env);
    expect(result).toMatchObject({ code, stderr: expect.stringContaining(words) });
    expect(await readdir(work)).not.toContain('state');
  });

  test('without the compose plugin everything is loaded, with instructions to install it and start', async () => {
    const folder = await writeBundle('1.0');
    await install(folder, ['--no-start']);
    const { code, stderr } = await install(folder, [], { NO_COMPOSE: 'yes' });
    expect(code).toBe(33);
    expect(stderr).toMatch(/docker-compose-plugin.*cd '\S+current'; docker compose -f/s);
  });

  const logged = () => readFile(join(work, 'log'), 'utf8');

  test('a working command in the bundle does everything, and its exit code is kept; one that does not run is skipped', async () => {
    const folder = await writeBundle('1.0', { [command]: fakeCommand('carried') });
    expect(await install(folder)).toMatchObject({ code: 87 });
    expect(await install(folder, ['--no-start', '-y'])).toMatchObject({ code: 87 });
    const words = `carried: import ${folder} --state-dir ${join(work, 'state')}`;
    expect(await logged()).toBe(`${words} --up\n${words} --yes\n`);
    const other = await writeBundle('2.0', { [command]: 'not for this machine' });
    const plain = await install(other, ['--no-start']);
    expect(plain.stderr).toContain('Working with sha256sum, tar and docker only');
  });

  test('a command in the bundle is not run if it differs from the one in bundle.json, or is not listed', async () => {
    const folder = await writeBundle('1.0', { [command]: fakeCommand('carried') });
    await writeFile(join(folder, command), fakeCommand('changed'), { mode: 0o755 });
    // Changed together with the file, as by somebody who knows of the check.
    const sums = `${sha256(fakeCommand('changed'))}  ${command}\n`;
    await writeFile(join(folder, 'checksums.sha256'), sums);
    const changed = await install(folder);
    expect(changed).toMatchObject({ code: 51, stderr: expect.stringContaining(command) });
    const unlisted = await writeBundle('2.0');
    await mkdir(join(unlisted, 'runtime'));
    await writeFile(join(unlisted, command), fakeCommand('unlisted'), { mode: 0o755 });
    expect(await install(unlisted)).toMatchObject({ code: 51 });
    await expect(logged()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('with --plain nothing of the bundle runs, and nothing is loaded before every file is checked', async () => {
    const folder = await writeBundle('1.0', { [command]: fakeCommand('carried') });
    await writeFile(join(folder, 'README.txt'), 'Read me');
    expect(await install(folder, ['--plain', '-y'])).toMatchObject({ code: 51 });
    await expect(logged()).rejects.toMatchObject({ code: 'ENOENT' });
    await writeFile(join(folder, 'README.txt'), files['README.txt'] ?? '');
    expect(await install(folder, ['--plain', '-y'])).toMatchObject({ code: 0 });
    expect(await logged()).toBe('load\n');
  });

  test('the host’s own command is preferred to that of the bundle, but not another program of that name', async () => {
    const folder = await writeBundle('1.0', { [command]: fakeCommand('carried') });
    // Ruby's.
    await writeFile(join(work, 'bundle'), '#!/bin/sh\necho "Bundler version 2.4.20"\n', {
      mode: 0o755,
    });
    await install(folder);
    const earlier = join(work, 'state/library/current', command);
    await mkdir(dirname(earlier), { recursive: true });
    await writeFile(earlier, fakeCommand('earlier'), { mode: 0o755 });
    expect(await install(folder)).toMatchObject({
      code: 87,
      stderr: expect.stringContaining(earlier),
    });
    await writeFile(join(work, 'bundle'), fakeCommand('installed'), { mode: 0o755 });
    await install(folder);
    await install(folder, ['--carried']);
    const words = (await logged()).split('\n').map((line) => line.split(':')[0]);
    expect(words).toEqual(['carried', 'earlier', 'installed', 'carried', '']);
  });

  describe('if the host trusts keys', () => {
    let keys: string;
    let tools: Record<string, string>;
    const sign = async (folder: string, key: string, namespace = 'bundle-manifest@v1') => {
      const bytes = await readFile(join(folder, 'bundle.json'));
      await writeFile(join(folder, 'bundle.json.sig'), await sshSign(key, namespace, bytes));
    };
    const signed = async () => writeBundle('1.0', { [command]: fakeCommand('carried') });
    beforeEach(async () => {
      keys = await makeSshKey(work, 'ed25519', 'vendor');
      const trust = join(work, 'state/_trust');
      await mkdir(trust, { recursive: true });
      const line = await readFile(`${keys}.pub`, 'utf8');
      await writeFile(join(trust, 'allowed_signers'), `# ours\nvendor,backup@example.com ${line}`);
      // The tools of the other tests, and ssh-keygen.
      tools = { MORE: `:${sshPath}` };
    });
    const refused = async (folder: string, code: number, words: string, env = tools) => {
      const result = await install(folder, [], env);
      expect(result).toMatchObject({ code, stderr: expect.stringContaining(words) });
      await expect(logged()).rejects.toMatchObject({ code: 'ENOENT' });
    };

    test('a bundle signed by one of them is installed, and the signer is named', async () => {
      const folder = await signed();
      await sign(folder, keys);
      const result = await install(folder, [], tools);
      expect(result).toMatchObject({ code: 87 });
      expect(result.stderr).toContain('Good "bundle-manifest@v1" signature for vendor');
    });

    test('nothing of an unsigned, wrongly signed or foreign bundle runs', async () => {
      const folder = await signed();
      await refused(folder, 64, 'requires a signature');
      await sign(folder, await makeSshKey(work, 'ecdsa-256', 'other'));
      await refused(folder, 66, 'does not trust');
      await sign(folder, keys, 'file');
      await refused(folder, 65, 'not for this bundle');
      await sign(folder, keys);
      await writeFile(
        join(folder, 'bundle.json'),
        `${await readFile(join(folder, 'bundle.json'), 'utf8')} `,
      );
      await refused(folder, 65, 'not for this bundle');
    });

    test('a revoked key and one that is no longer trusted are refused', async () => {
      const folder = await signed();
      await sign(folder, keys);
      await copyFile(`${keys}.pub`, join(work, 'state/_trust/revoked'));
      await refused(folder, 65, 'revoked');
    });

    test('it stops if it cannot check the signature, with the reason', async () => {
      const folder = await signed();
      await sign(folder, keys);
      await refused(
        folder,
        64,
        'has no ssh-keygen',
        shell.name === 'sh' ? { ONLY: 'coreutils' } : {},
      );
      const policy = (signers: number) =>
        writeFile(
          join(work, 'state/_trust/policy.json'),
          `${JSON.stringify({ schemaVersion: 1, signers }, null, 2)}\n`,
        );
      await policy(2);
      await refused(folder, 64, 'requires 2 signers');
      await policy(0);
      const result = await install(folder, [], tools);
      expect(result.stderr).toContain('The origin of this bundle is not checked');
      expect(result).toMatchObject({ code: 87 });
    });
  });

  test('an unknown option is refused', async () => {
    expect(await install(await writeBundle('1.0'), ['--up'])).toMatchObject({ code: 2 });
  });
});

(shellcheckProgram === undefined ? test.skip : test)('shellcheck finds no problem', async () => {
  const folder = await writeBundle('1.0');
  expect(await shellcheck(join(folder, 'install.sh'))).toBe('');
});
