import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleManifest, writeSampleBundle } from '@bundle/testkit';
import { bundle, bundleOnTerminal, finished, startInShell } from './run-bundle.ts';

const commands = ['export', 'validate', 'verify', 'inspect', 'diff', 'import', 'serve'];
const esc = String.fromCharCode(0x1b);
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundle-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('help', () => {
  test('bundle --help lists all commands', async () => {
    const { code, stdout, stderr } = await bundle(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of commands) expect(stdout).toContain(`  ${command} [options]`);
  });

  test.each(commands)('bundle %s --help has examples and exit codes', async (command) => {
    const { code, stdout } = await bundle([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(`Examples:\n  bundle ${command} `);
    expect(stdout).toMatch(/Exit codes .*:\n {4}0 {2}Done\./);
    for (const option of ['--json', '--no-progress', '--no-color']) {
      expect(stdout).toContain(option);
    }
  });

  test.each([
    ['verify', 'gone', 50],
    ['inspect', 'gone', 50],
    ['validate', 'gone.yaml', 45],
  ])('bundle %s %s fails with a code that its help explains', async (command, name, expected) => {
    const { code } = await bundle([command, name], { cwd: folder });
    expect(code).toBe(expected);
    const { stdout } = await bundle([command, '--help']);
    expect(stdout).toMatch(new RegExp(`^ +${expected}  `, 'm'));
  });

  test('bundle alone shows the help on stderr and fails', async () => {
    const { code, stdout, stderr } = await bundle([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: bundle');
  });

  test.each(['--version', 'version'])('%s prints the version alone', async (word) => {
    expect(await bundle([word])).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
  });

  test('bundle help is bundle --help, and bundle help COMMAND is bundle COMMAND --help', async () => {
    expect(await bundle(['help'])).toEqual(await bundle(['--help']));
    expect(await bundle(['help', 'verify'])).toEqual(await bundle(['verify', '--help']));
    expect(await bundle(['help', 'ls'])).toEqual(await bundle(['status', '--help']));
    expect(await bundle(['help', 'help'])).toEqual(await bundle(['--help']));
  });

  test('bundle ls is bundle status', async () => {
    const { code, stdout } = await bundle(['ls', '--state-dir', folder]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'No application is imported here.\n' });
  });
});

test.each(['unix:///nonexistent.sock', 'tcp://127.0.0.1:9', 'https://127.0.0.1:9'])(
  'if no engine answers at %s, it ends with one message',
  async (host) => {
    const { code, stdout, stderr } = await bundle(['inventory', '--docker-host', host]);
    expect({ code, stdout }).toEqual({ code: 30, stdout: '' });
    expect(stderr).toMatch(/^error: reaching [^\n]*\n {2}found: [^\n]*\nWhat to do: [^\n]*\n$/);
  },
);

test('an inaccessible engine socket is reported with who may use it', async () => {
  const socket = join(folder, 'docker.sock');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  await chmod(socket, 0);
  await chmod(folder, 0o755);
  // Root may open anything.
  const drop = process.getuid?.() === 0 ? 'setpriv --reuid=65534 --clear-groups' : '';
  const args = ['inventory', '--docker-host', `unix://${socket}`];
  try {
    const { code, stderr } = await finished(startInShell(`exec ${drop} "$@"`, args));
    expect(code).toBe(30);
    expect(stderr).toMatch(
      /found: .*EACCES.*\nWhat to do: .*group docker.*sudo.*usermod -aG docker/,
    );
  } finally {
    server.close();
  }
});

describe('mistakes on the command line', () => {
  test.each([
    ['an unknown command', ['exprot'], "unknown command 'exprot'"],
    ['a typo', ['exprot'], 'Did you mean export?'],
    ['a typo after help', ['help', 'exprot'], 'Did you mean export?'],
    ['a typo in a habitual word', ['versoin'], 'Did you mean version?'],
    ['an action of other commands', ['service', 'enable'], 'Did you mean install?'],
    ['a typo in an action', ['trust', 'lst'], 'Did you mean list?'],
    ['a word of other commands', ['install', 'shop.tar'], 'Did you mean import?'],
    ['an unknown action', ['service', 'enable'], 'install, uninstall, status'],
    ['an unknown action of the cache', ['cache', 'list'], 'ls, prune'],
    ['an unknown option', ['verify', '--jsn', 'x'], 'Did you mean --json?'],
    ['a missing argument', ['diff'], "missing required argument 'before'"],
    ['an argument too many', ['verify', 'a', 'b'], 'too many arguments'],
    ['a wrong choice', ['export', '--pull', 'often'], 'missing, never, always'],
    ['a wrong platform', ['export', '--platform', 'arm'], 'OS/ARCHITECTURE, such as linux/amd64'],
    ['a wrong engine', ['import', 'x', '--engine', 'podman'], 'docker or oci:PATH'],
    ['a wrong product', ['export', '--product', 'My Shop'], 'a Compose project name'],
  ])('%s ends with code 2 and says what to do', async (_, args, words) => {
    const { code, stdout, stderr } = await bundle(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: reading /);
    expect(stderr).toContain(words);
    expect(stderr).toContain('What to do: ');
  });

  test('an invalid SOURCE_DATE_EPOCH is refused before anything is done', async () => {
    const env = { SOURCE_DATE_EPOCH: 'yesterday' };
    const { code, stderr } = await bundle(['export'], { cwd: folder, env });
    expect(code).toBe(2);
    expect(stderr).toContain('SOURCE_DATE_EPOCH');
  });

  test('arguments, which may hold secrets, are not repeated', async () => {
    const { stderr } = await bundle(['verify', '--docker-host', 'ssh://me:secret@host']);
    expect(stderr).not.toContain('secret');
  });
});

describe('errors with --json', () => {
  test.each([
    ['of usage', ['diff', '--json'], 2, 'usage'],
    ['of work', ['verify', 'gone', '--json'], 50, 'bundle-not-found'],
    ['without a command', ['--json'], 2, 'usage'],
  ])('%s are one document on stdout, and nothing else', async (_, args, exitCode, code) => {
    const result = await bundle(args);
    expect(result).toMatchObject({ code: exitCode, stderr: '' });
    expect(JSON.parse(result.stdout)).toMatchObject({
      error: { code, exitCode, operation: expect.any(String) },
    });
  });
});

describe('results', () => {
  test('verify says OK with the identity of the bundle', async () => {
    await writeSampleBundle(folder, sampleManifest());
    const { code, stdout, stderr } = await bundle(['verify', folder, '--no-progress']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^OK .*: shop 1\.0, 13 files, .*\nsha256:[0-9a-f]{64}\nnot signed\n$/);
  });

  test('verify lists the problems, and its exit code names the kind', async () => {
    await writeSampleBundle(folder, sampleManifest());
    await writeFile(join(folder, 'README.txt'), 'README.TXT');
    const { code, stdout, stderr } = await bundle(['verify', folder]);
    expect({ code, stdout }).toEqual({ code: 51, stdout: '' });
    expect(stderr).toMatch(/README\.txt: error: expected sha256 .*\nerror: verifying /);
    expect(stderr).toContain('What to do: ');
    const json = await bundle(['verify', folder, '--json']);
    expect(json).toMatchObject({ code: 51, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      findings: [{ file: 'README.txt' }],
      error: { code: 'digest-mismatch' },
    });
  });

  test('inspect shows what a bundle is on one screen, and all of it on request', async () => {
    await writeSampleBundle(folder, sampleManifest());
    const { code, stdout } = await bundle(['inspect', folder]);
    expect(code).toBe(0);
    for (const words of ['shop-api:1.0', 'Where the bytes are', '/var/data', 'not signed']) {
      expect(stdout).toContain(words);
    }
    expect(stdout.split('\n').length).toBeLessThan(40);
    expect(stdout).not.toContain('docker-compose.yml');
    const all = await bundle(['inspect', folder, '--all']);
    for (const words of ['NOT SHARED', 'LAYER', 'docker-compose.yml']) {
      expect(all.stdout).toContain(words);
    }
    const { stdout: json } = await bundle(['inspect', folder, '--json']);
    expect(JSON.parse(json)).toMatchObject({ manifest: { product: 'shop' } });
  });

  test('times are local for people and UTC for programs', async () => {
    await writeSampleBundle(folder, sampleManifest());
    const env = { TZ: 'Asia/Shanghai' };
    const { stdout } = await bundle(['inspect', folder], { env });
    expect(stdout).toContain('made 2026-01-02 11:04');
    const json = await bundle(['inspect', folder, '--json'], { env });
    expect(JSON.parse(json.stdout).manifest.created).toBe('2026-01-02T03:04:05Z');
  });

  test('validate prints every finding with file and line', async () => {
    await writeFile(join(folder, 'shop.yaml'), 'schemaVersion: 1\ncompose: gone.yml\nnews: 1\n');
    const { code, stderr } = await bundle(['validate', 'shop.yaml'], { cwd: folder });
    expect(code).toBe(12);
    expect(stderr).toContain('shop.yaml:3: error: news: unknown field\n');
  });

  test('a missing Compose file ends with its own code and says what to do', async () => {
    const { code, stderr } = await bundle(['export'], { cwd: folder });
    expect(code).toBe(10);
    expect(stderr).toContain('What to do: ');
  });

  test('names from outside cannot act on the terminal', async () => {
    const { stderr } = await bundle(['verify', `${esc}[2Jgone\u202e`]);
    expect(stderr).toContain('\\u{1b}[2Jgone\\u{202e}');
    expect(stderr).not.toContain(esc);
  });

  test('names from outside cannot act on the terminal in a stack either', async () => {
    const env = { BUNDLE_DEBUG: '1' };
    const { stderr } = await bundle(['verify', `${esc}[2Jgone`], { env });
    expect(stderr).toContain('    at ');
    expect(stderr).not.toContain(esc);
  });
});

describe('colours', () => {
  test('are used on a terminal', async () => {
    expect((await bundleOnTerminal(['verify', 'gone'])).stdout).toContain(`${esc}[31merror:`);
  });

  test.each([
    ['with --no-color', ['verify', 'gone', '--no-color'], {}],
    ['with NO_COLOR', ['verify', 'gone'], { NO_COLOR: '1' }],
  ])('are not used %s', async (_, args, env) => {
    const { stdout } = await bundleOnTerminal(args, { env });
    expect(stdout).toContain('error:');
    expect(stdout).not.toContain(`${esc}[31m`);
  });

  test('are not used without a terminal, whatever FORCE_COLOR says', async () => {
    const { stderr } = await bundle(['verify', 'gone'], { env: { FORCE_COLOR: '3' } });
    expect(stderr).not.toContain(esc);
  });
});
