import { execFile as execFileCallback, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packagesPlace, recordedPlace, toolFiles, toolsPlace } from '@bundle/depot';
import { shells } from '@bundle/testkit';

// Steps of pip in a virtual environment that is not on the PATH, with the Python of this machine and a folder of wheels
// as the index.

const execFile = promisify(execFileCallback);
const hasPython = spawnSync('python3', ['-c', 'import ensurepip']).status === 0;
const withPython = hasPython ? describe : describe.skip;

const makeWheels = `
import sys, zipfile
wheels = ("tiny_one", "1.0", ""), ("tiny_two", "2.0", "Requires-Dist: tiny-three\\n"), ("tiny_three", "3.0", "")
for name, version, needs in wheels:
    info = f"{name}-{version}.dist-info/"
    with zipfile.ZipFile(f"{sys.argv[1]}/{name}-{version}-py3-none-any.whl", "w") as file:
        file.writestr(f"{name}.py", f"version = '{version}'\\n")
        file.writestr(info + "METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n{needs}")
        file.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        file.writestr(info + "RECORD", "")
`;

withPython('pip in a virtual environment', () => {
  let work: string;
  const at = (...names: string[]): string => join(work, ...names);
  const run = (command: readonly string[], env: Record<string, string> = {}) =>
    execFile(command[0] ?? '', command.slice(1), {
      cwd: work,
      env: {
        ...{ PATH: process.env['PATH'] ?? '', HOME: work, TMPDIR: at('tmp') },
        ...{ PIP_CONFIG_FILE: '/dev/null', PIP_DISABLE_PIP_VERSION_CHECK: '1', ...env },
      },
    });
  const wheels = (): Record<string, string> => ({
    PIP_NO_INDEX: '1',
    PIP_FIND_LINKS: at('wheels'),
  });

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'pip-environments-'));
    for (const name of ['tmp', 'wheels']) await mkdir(at(name));
    await run(['python3', '-c', makeWheels, at('wheels')]);
    const script = (name: string): string =>
      (toolFiles[name] ?? '')
        .replaceAll(packagesPlace, at('out'))
        .replaceAll(recordedPlace, at('out'))
        .replaceAll(toolsPlace, work)
        .replace('find / ', `find ${at('venv')} `);
    await writeFile(at('record.sh'), script('record.sh'));
    await writeFile(at('serve.sh'), script('serve.sh'));
    await writeFile(at('pip.names'), '');
    await writeFile(at('pip-0.names'), 'tiny-two\n');
    await run(['python3', '-m', 'venv', at('venv')]);
    await run([at('venv/bin/pip'), 'install', '-q', at('wheels/tiny_three-3.0-py3-none-any.whl')]);
  }, 240_000);
  afterAll(() => rm(work, { recursive: true, force: true }));

  test('what a step installs there is kept, with what the spec and its lists name', async () => {
    const step = [at('venv/bin/pip'), 'install', '-q', 'tiny-one'];
    await run(['/bin/sh', at('record.sh'), 'pip', ...step], wheels());
    const kept = (await readdir(at('out/pip'))).filter((name) => name.endsWith('.whl'));
    expect(kept.sort()).toEqual([
      'tiny_one-1.0-py3-none-any.whl',
      'tiny_three-3.0-py3-none-any.whl',
      'tiny_two-2.0-py3-none-any.whl',
    ]);
    const installed = (await readFile(at('out/pip/installed'), 'utf8')).split('\n');
    expect(installed).toContain('tiny_three==3.0');
    expect(installed.some((line) => line.startsWith('pip=='))).toBe(true);
    expect(installed).not.toContain('tiny_one==1.0');
    expect(await readdir(at('tmp'))).toEqual([]);
  }, 240_000);

  // The tools of Alpine's images.
  const busybox = shells.find(({ name }) => name === 'busybox');
  const inBusybox = busybox === undefined ? test.skip : test;

  inBusybox(
    'it is kept by a shell and tools of busybox, too',
    async () => {
      await rm(at('out'), { recursive: true });
      await run([
        at('venv/bin/pip'),
        'uninstall',
        '-q',
        '-y',
        'tiny-one',
        'tiny-two',
        'tiny-three',
        'setuptools',
      ]);
      const PATH = (await busybox?.path(at('busybox'))) ?? '';
      const step = [at('venv/bin/pip'), 'install', '-q', 'tiny-one'];
      const command = [...(busybox?.command ?? []), at('record.sh'), 'pip', ...step];
      await run(command, { ...wheels(), PATH });
      expect(await readdir(at('out/pip'))).toContain('tiny_one-1.0-py3-none-any.whl');
    },
    240_000,
  );

  test('an index that only the command names is asked again, with its variables', async () => {
    await rm(at('out'), { recursive: true });
    await writeFile(at('pip-0.names'), '');
    const pip = at('venv/bin/pip');
    await run([pip, 'uninstall', '-q', '-y', 'tiny-one']);
    const step = `${pip} install -q --no-index --find-links \\\n  "$WHEELS/" tiny-one`;
    const env = { PIP_NO_INDEX: '1', WHEELS: at('wheels') };
    await run(['/bin/sh', at('record.sh'), 'pip', '/bin/sh', '-c', step], env);
    const kept = await readdir(at('out/pip'));
    expect(kept).toContain('tiny_one-1.0-py3-none-any.whl');
  }, 240_000);

  test('a package from a file is not asked for again', async () => {
    await rm(at('out'), { recursive: true });
    await writeFile(at('pip-0.names'), '');
    const wheel = at('wheels/tiny_two-2.0-py3-none-any.whl');
    const step = [at('venv/bin/pip'), 'install', '-q', '--no-deps', wheel];
    await run(['/bin/sh', at('record.sh'), 'pip', ...step], wheels());
    expect((await readdir(at('out/pip'))).filter((name) => name.endsWith('.whl'))).toEqual([]);
  }, 240_000);

  test('what was kept is installed there without an index', async () => {
    await rm(at('out'), { recursive: true, force: true });
    await writeFile(at('pip-0.names'), 'tiny-two\n');
    const pip = at('venv/bin/pip');
    await run([pip, 'uninstall', '-q', '-y', 'tiny-one', 'tiny-two', 'tiny-three']);
    await run(['/bin/sh', at('record.sh'), 'pip', pip, 'install', '-q', 'tiny-one'], wheels());
    await run([pip, 'uninstall', '-q', '-y', 'tiny-one']);
    const index = ['--index-url', 'http://127.0.0.1:9/simple'];
    await run(['/bin/sh', at('serve.sh'), pip, 'install', '-q', ...index, 'tiny-one', 'tiny-two']);
    const { stdout } = await run([at('venv/bin/python'), '-c', 'import tiny_one, tiny_three']);
    expect(stdout).toBe('');
  }, 240_000);
});
