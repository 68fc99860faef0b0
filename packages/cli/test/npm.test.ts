import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { arch, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { shellcheck, shellcheckProgram, shells } from '@bundle/testkit';
import { npmPlaces } from '../src/shared/programs/executables.ts';

// What npm installs: bin/npm.sh, under the name bin/bundle.

const script = join(import.meta.dirname, '../bin/npm.sh');
const platform = `linux-${arch()}`;

let work: string;
let prefix: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'npm-'));
  prefix = join(work, 'lib/node_modules');
  await put('offline-bundle/bin/bundle', '');
  await copyFile(script, join(prefix, 'offline-bundle/bin/bundle'));
  await put('offline-bundle/bin/bundle.cjs', '');
  await mkdir(join(work, 'bin'));
  await symlink('../lib/node_modules/offline-bundle/bin/bundle', join(work, 'bin/offline-bundle'));
  await symlink('offline-bundle', join(work, 'bin/bundle'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

async function put(path: string, text: string, mode = 0o644): Promise<void> {
  const file = join(prefix, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  await chmod(file, mode);
}

const executable = `offline-bundle-${platform}/bundle`;
const says = (name: string): string => `echo "${name}"; printf '<%s>' "$@"\n`;

describe.each(shells)('in $name', (shell) => {
  async function start(
    ...args: string[]
  ): Promise<{ stdout: string; code?: number; stderr: string }> {
    const path = await shell.path(join(work, 'applets'));
    const [first = '', ...rest] = [...shell.command, join(work, 'bin/bundle'), ...args];
    const env = { PATH: `${join(work, 'tools')}:${path.replace(dirname(process.execPath), '')}` };
    return promisify(execFile)(first, rest, { env }).catch((error) => error);
  }

  test.each([
    ['below it', `offline-bundle/node_modules/${executable}`],
    ['beside it', executable],
  ])('the executable that npm put %s is started with all arguments', async (_case, place) => {
    await put(place, says('executable'));
    expect(await start('export', '', 'a b')).toMatchObject({
      stdout: 'executable\n<export><><a b>',
      stderr: '',
    });
  });

  test('its own executable comes before that of another version', async () => {
    await put(executable, says('other'));
    await put(`offline-bundle/node_modules/${executable}`, says('own'));
    expect((await start()).stdout).toContain('own');
  });

  test('without one, Node.js runs the same command', async () => {
    await mkdir(join(work, 'tools'));
    await writeFile(join(work, 'tools/node'), `#!/bin/sh\n${says('$4')}`, { mode: 0o755 });
    const { stdout } = await start('--version');
    expect(stdout).toContain(join(prefix, 'offline-bundle/bin/bundle.cjs\n'));
    expect(stdout).toContain('<--version>');
  });

  test('Node.js takes nothing out of the settings that the command is given', async () => {
    await mkdir(join(work, 'tools'));
    await symlink(process.execPath, join(work, 'tools/node'));
    await put('offline-bundle/bin/bundle.cjs', 'console.log(process.argv.slice(2).join());');
    await put('evil.cjs', 'console.log("taken");');
    await put('.env', `NODE_OPTIONS="--require=${join(prefix, 'evil.cjs')}"\n`);
    const file = join(prefix, '.env');
    expect((await start('import', '--env-file', file)).stdout).toBe(`import,--env-file,${file}\n`);
    expect((await start('import', '--env-file', '/none')).stdout).toBe('import,--env-file,/none\n');
  });
});

test('with neither, it says what to install', async () => {
  await mkdir(join(work, 'tools'));
  for (const tool of ['readlink', 'uname', 'sh'])
    await symlink(`/bin/${tool}`, join(work, 'tools', tool));
  const run = promisify(execFile)('/bin/sh', [join(work, 'bin/bundle')], {
    env: { PATH: join(work, 'tools') },
  });
  await expect(run).rejects.toMatchObject({
    code: 126,
    stderr: expect.stringContaining('What to do: install it again without --omit=optional'),
  });
});

test('executables are looked for only in folders of npm that the command is in', () => {
  expect(npmPlaces('/tmp/bundle', 'linux-arm64')).toEqual([]);
  expect(
    npmPlaces(
      '/usr/lib/node_modules/offline-bundle/node_modules/offline-bundle-linux-x64/bundle',
      'linux-arm64',
    ),
  ).toEqual([
    '/usr/lib/node_modules/offline-bundle/node_modules/offline-bundle-linux-arm64/bundle',
    '/usr/lib/node_modules/offline-bundle-linux-arm64/bundle',
  ]);
});

(shellcheckProgram === undefined ? test.skip : test)('shellcheck finds nothing', async () => {
  expect(await shellcheck(script)).toBe('');
});
