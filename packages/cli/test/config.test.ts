import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyConfig } from '../src/config/apply.ts';
import { generalKeys, sectionKeys } from '../src/config/keys.ts';
import { parseConfig } from '../src/config/parse.ts';
import { commandNames, createProgram } from '../src/program.ts';
import { bundle } from './run-bundle.ts';

let home: string;
let file: string;
const isRoot = process.getuid?.() === 0;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'config-'));
  file = join(home, '.config/bundle/config.yaml');
  await mkdir(join(home, '.config/bundle'), { recursive: true });
});
afterEach(() => rm(home, { recursive: true, force: true }));

const write = (text: string): Promise<void> => writeFile(file, text, { mode: 0o600 });

/** Returns the state folder that a command looks into. */
async function stateDirOf(args: readonly string[], env: Record<string, string> = {}) {
  const { stderr } = await bundle(['releases', ...args], { env: { HOME: home, ...env } });
  return /looking for the application in (\S+)/.exec(stderr)?.[1];
}

test('the command line comes before the environment, that before the file', async () => {
  await write('state-dir: /from/file\n');
  expect(await stateDirOf([])).toBe('/from/file');
  expect(await stateDirOf([], { BUNDLE_STATE_DIR: '/from/env' })).toBe('/from/env');
  const both = await stateDirOf(['--state-dir', '/from/line'], { BUNDLE_STATE_DIR: '/from/env' });
  expect(both).toBe('/from/line');
});

test.each([
  ['a relative XDG_CONFIG_HOME', { XDG_CONFIG_HOME: 'conf' }, 'conf/bundle'],
  ['an empty HOME', { HOME: '' }, '.config/bundle'],
  ['a relative HOME', { HOME: 'conf' }, 'conf/.config/bundle'],
])('%s does not make a folder of somebody else decide', async (_, env, folder) => {
  const cwd = await mkdtemp(join(tmpdir(), 'cwd-'));
  try {
    await mkdir(join(cwd, folder), { recursive: true });
    await writeFile(join(cwd, folder, 'config.yaml'), 'state-dir: /from/cwd\n', { mode: 0o600 });
    const { stdout } = await bundle(['config'], { cwd, env: { HOME: home, ...env } });
    expect(stdout).toMatch(/state-dir +- +default\n/);
  } finally {
    await rm(cwd, { recursive: true });
  }
});

test('a section holds for its command, and before the rest of the file', async () => {
  await write('state-dir: ~/all\nreleases:\n  state-dir: ~/own\nexport: {split: 1}\n');
  expect(await stateDirOf([])).toBe(join(home, 'own'));
  const exported = await bundle(['export', '/nonexistent.yml'], { env: { HOME: home } });
  expect(exported.code).toBe(2);
  expect(exported.stderr).toContain('--split, as the configuration file has it');
});

test('bundle config shows each value and where it comes from', async () => {
  await write('timeout: 10m\ncolor: false\nexport: {split: dvd}\n');
  const env = { HOME: home, BUNDLE_STATE_DIR: '/from/env' };
  const { code, stdout } = await bundle(['config'], { env });
  expect(code).toBe(0);
  expect(stdout).toMatch(/state-dir +\/from\/env +BUNDLE_STATE_DIR\n/);
  expect(stdout).toMatch(new RegExp(`timeout +10m +${file}\n`));
  expect(stdout).toMatch(new RegExp(`export\\.split +dvd +${file}\n`));
  expect(stdout).toMatch(/settle +- +default\n/);
});

test.each([
  ['stat-dir: /x', 'line 1: stat-dir: unknown key; did you mean state-dir?'],
  ['exprot: {split: dvd}', 'line 1: exprot: unknown key; did you mean export?'],
  ['export:\n  splt: dvd', 'line 2: export.splt: unknown key; did you mean split?'],
  ['split: dvd', 'split: only in the section of a command, such as export: {split: …}'],
  ['state-dir: relative', 'expected an absolute path'],
  ['timeout: {a: 1}', 'timeout: expected a value'],
  ['export: dvd', 'export: expected KEY: VALUE'],
  ['- a', 'the file: expected KEY: VALUE'],
  ['a: [', 'line '],
])('%p is refused with its place', async (text, words) => {
  await write(`${text}\n`);
  for (const command of ['releases', 'config']) {
    const { code, stderr } = await bundle([command], { env: { HOME: home } });
    expect({ command, code }).toEqual({ command, code: 2 });
    expect(stderr).toContain(words);
  }
});

test.each([
  ['yes: true'],
  ['allow: all'],
  ['import: {allow-older: true}'],
  ['import: {allow: all}'],
  ['force: true'],
  ['verify: {allowed-signers: /keys}'],
  ['export: {allow-private-keys: true}'],
  ['import: {ignore: ports}'],
  ['import: {channel: beta}'],
])('%s cannot be configured: it would agree, trust or overwrite', (text) => {
  const { values, problems } = parseConfig(text, 'config.yaml', commandNames);
  expect(values.size).toBe(0);
  expect(problems[0]).toContain('unknown key');
});

test.each([[['help', 'export']], [['export', '--help']], [['--help']], [['version']]])(
  'a damaged file does not stop %p',
  async (words) => {
    await write('a: [\nexprot: {split: dvd}\n');
    const { code, stdout, stderr } = await bundle(words, { env: { HOME: home } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toBe('');
  },
);

test('a file in the current folder is not read', async () => {
  await writeFile(join(home, '.bundle.yaml'), 'state-dir: /evil\n');
  await writeFile(join(home, 'config.yaml'), 'state-dir: /evil\n');
  const { stderr } = await bundle(['releases'], { cwd: home, env: { HOME: '/nonexistent' } });
  expect(stderr).not.toContain('/evil');
});

test('a file that others can write is ignored, and that is said', async () => {
  await write('state-dir: /evil\n');
  await chmod(file, 0o666);
  const { stderr } = await bundle(['releases'], { env: { HOME: home } });
  expect(stderr).toContain(`ignored ${file}: others can write it`);
  expect(stderr).not.toContain('/evil');
});

(isRoot ? test : test.skip)('a file of another user is ignored', async () => {
  await write('state-dir: /evil\n');
  await chown(file, 12_345, 12_345);
  expect(await stateDirOf([])).not.toBe('/evil');
});

test('a key of the file that a command lacks does not disturb it', async () => {
  await write('timeout: 5m\ndocker-host: tcp://192.0.2.1:1\nstate-dir: /x\n');
  expect((await bundle(['explain', '2'], { env: { HOME: home } })).code).toBe(0);
});

test.each(generalKeys)('%s can be written for all commands, whatever else has its name', (key) => {
  const { values, problems } = parseConfig(`${key}: /srv/x\n`, 'config.yaml', commandNames);
  expect(problems).toEqual([]);
  expect([...values]).toEqual([[key, '/srv/x']]);
});

test('cache is a key with a value, and the section of its command with a mapping', () => {
  const { values, problems } = parseConfig('cache: {cache: /a}\n', 'config.yaml', commandNames);
  expect(problems).toEqual([]);
  expect([...values]).toEqual([['cache.cache', '/a']]);
});

/** Returns the values that a command runs with. */
async function valuesOf(
  [name = '', ...words]: readonly string[],
  config: string,
): Promise<Record<string, unknown>> {
  const program = await createProgram(() => undefined, { out: () => {}, err: () => {} }, name);
  const command = program.commands.find((one) => one.name() === name);
  if (command === undefined) throw new Error(`no command ${name}`);
  command.parseOptions(words);
  const file = { path: 'config.yaml', ...parseConfig(config, 'config.yaml', commandNames) };
  applyConfig(command, [file], {});
  return command.opts();
}

test.each<[string, string, Record<string, unknown>]>([
  ['docker-host: unix:///x', 'export --from docker-archive:X', { dockerHost: undefined }],
  ['engine: docker', 'export --from docker-archive:X', { engine: undefined }],
  ['engine: oci:/x', 'export --docker-host unix:///x', { engine: undefined }],
  ['export: {pull: never}', 'export --from oci:X', { pull: undefined }],
  ['export: {split: dvd}', 'export -o folder', { split: undefined }],
  ['export: {split: dvd}', 'export --format folder', { split: undefined }],
  ['export: {split: dvd}', 'export -o shop.tar', { split: 'dvd' }],
  ['adopt: {split: dvd}', 'adopt X -o folder', { split: undefined }],
  ['export: {format: folder}', 'export -o out.tar', { format: undefined }],
  ['export: {format: folder}', 'export -o out', { format: 'folder' }],
  ['export: {format: tar}', 'export -o out', { format: 'tar' }],
  ['export: {format: folder}', 'export --split dvd', { format: undefined }],
  ['serve: {port: 5999}', 'serve X --listen 127.0.0.1:5998', { port: undefined }],
  ['serve: {port: 5999}', 'serve X --listen 127.0.0.1', { port: '5999' }],
  ['serve: {port: 5999}', 'serve X --listen ::1', { port: '5999' }],
  ['serve: {listen: "0.0.0.0:5000"}', 'serve X --port 5999', { listen: '0.0.0.0' }],
  ['serve: {listen: ":5000"}', 'serve X --port 5999', { listen: undefined }],
  ['serve: {listen: "[::1]:5000"}', 'serve X --port 5999', { listen: '[::1]' }],
])('%s gives way to what is typed: %s', async (config, line, expected) => {
  const values = await valuesOf(line.split(' '), config);
  for (const [name, value] of Object.entries(expected)) expect(values[name]).toBe(value);
});

test('every key is an option of its command', async () => {
  const program = await createProgram(() => undefined, { out: () => {}, err: () => {} });
  const optionsOf = (name: string): string[] =>
    program.commands
      .filter((one) => name === '' || one.name() === name)
      .flatMap(({ options }) => options.map(({ long }) => long?.replace(/^--(no-)?/, '') ?? ''));
  expect(optionsOf('')).toEqual(expect.arrayContaining([...generalKeys]));
  for (const [name, keys] of sectionKeys)
    expect(optionsOf(name)).toEqual(expect.arrayContaining([...keys]));
});
