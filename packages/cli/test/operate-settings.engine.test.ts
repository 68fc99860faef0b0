// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleCommand, docker, engineEnv, onEngine } from '@bundle/testkit';
import { bundleOnTerminal } from './run-bundle.ts';
import { bundleOn, ending, packRelease, pageImage } from './small-app.ts';

const engine = 'offline-28';
const product = 'settings-test';
const image = `${product}/web:1`;
const quick = ['--yes', '--settle', '0.3', '--timeout', '30'];

const example = `# required
# secret
APP_TOKEN=
# allowed: debug, info, warn
LEVEL=info
`;
const compose = (extra: string): string => `name: ${product}
services:
  web:
    image: ${image}
    stop_signal: SIGKILL
    env_file: web.env
    environment: {TOKEN: "\${APP_TOKEN:?the token of the shop}", LEVEL: "\${LEVEL:-info}"${extra}}
`;

let work: string;
let state: string;
const bundles: Record<string, string> = {};
const run = (...args: string[]) => bundleOn(engine, state, args);
const file = (name: string): string => join(state, product, 'current', name);
const inside = (name: string) =>
  docker(engine, 'exec', `${product}-web-1`, 'sh', '-c', `echo "$${name}"`);

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'operate-settings-'));
  state = join(work, 'state');
  for (const [version, extra, more] of [
    ['1.0', ', OLD: "${OLD:-x}"', ''],
    ['2.0', ', NEW: "${NEW:-y}"', 'COLOUR=red\n'],
  ] as const) {
    bundles[version] = await packRelease(work, {
      product,
      version,
      images: [pageImage(image, `page of ${version}`)],
      compose: compose(extra),
      files: { 'env.example': example, '.env': 'APP_TOKEN=x\n', 'web.env': `SIZE=1\n${more}` },
    });
  }
});
afterAll(async () => {
  await run('uninstall', '--yes', '--volumes');
  await rm(work, { recursive: true, force: true });
});

const images = () => docker(engine, 'images', '-q', `${product}/web`);
/** Runs the command on a terminal and types the answers in this order. */
const typing = async (...typed: (readonly [after: string, keys: string])[]) => {
  const args = ['import', bundles['1.0'] ?? '', '--up', '--settle', '0.3', '--state-dir', state];
  return bundleOnTerminal(args, {
    env: await engineEnv(engine),
    typed: typed.map(([after, keys]) => ({ after, keys })),
  });
};

test('missing settings are asked for before anything is loaded', async () => {
  const { code } = await typing(['the token of the shop', '\u0003']);
  expect(code).toBe(130);
  expect(await images()).toBe('');
  const { stderr } = await ending(85, run('import', bundles['1.0'] ?? '', '--up', ...quick));
  expect(stderr).toContain('APP_TOKEN: secret; the token of the shop');
  expect(stderr).toContain('--set APP_TOKEN=VALUE --set web.env:SIZE=VALUE');
  expect(stderr).toContain('web.env:SIZE has no value');
  const wrong = ['--set', 'APP_TOKEN=a', '--set', 'LEVEL=loud'];
  const other = await ending(85, run('import', bundles['1.0'] ?? '', '--up', ...quick, ...wrong));
  expect(other.stderr).toContain('LEVEL: one of debug, info, warn');
  expect(await images()).toBe('');
});

test('a secret is hidden while it is typed, and readable only by its owner', async () => {
  const { code, stdout } = await typing(
    ['the token of the shop', 'hidden$1\r'],
    ['web.env: SIZE', '1\r'],
    ['(Y/n)', 'y\r'],
  );
  expect(await inside('SIZE')).toBe('1');
  expect(stdout).toContain('settings-test: 1.0-');
  expect(code).toBe(0);
  expect(stdout).not.toContain('hidden');
  expect(await inside('TOKEN')).toBe('hidden$1');
  expect((await stat(file('.env'))).mode & 0o777).toBe(0o600);
});

test('a changed env file of a service is detected and applied', async () => {
  expect((await ending(0, run('status'))).stdout).not.toContain('changed by hand');
  expect(JSON.parse((await run('up', '--json')).stdout).outcome).toBe('already running');
  await writeFile(file('web.env'), 'SIZE=2\n');
  expect((await ending(0, run('status'))).stdout).toContain(
    'web was started with different settings',
  );
  expect(JSON.parse((await run('up', '--json', ...quick)).stdout).outcome).toBe('started');
  expect(await inside('SIZE')).toBe('2');
  await rm(file('web.env'));
  expect((await ending(0, run('status'))).stdout).toMatch(/env file .*web\.env not found/);
  await writeFile(file('web.env'), 'SIZE=2\n');
});

test('a wrong number of containers is detected and corrected', async () => {
  const files = ['docker-compose.yml', 'compose.offline.yml', 'compose.pinned.yml'];
  const flags = files.flatMap((name) => ['-f', name]);
  const scale = ['up', '-d', '--no-recreate', '--scale', 'web=2'];
  const cwd = join(state, product, 'current');
  const command = ['docker', 'compose', '-p', product, ...flags, ...scale];
  await ending(0, onEngine(engine, command, { cwd }));
  const { stdout } = await ending(0, run('status'));
  expect(stdout).toContain('web has 2 containers, and should have 1');
  await ending(0, run('up', ...quick));
  expect((await ending(0, run('status'))).stdout).not.toContain('changed by hand');
});

test('an upgrade keeps settings, and shows new and removed ones', async () => {
  const none = await ending(85, run('import', bundles['2.0'] ?? '', '--up', ...quick));
  expect(none.stderr).toContain('web.env:COLOUR has no value');
  // Deliberately empty.
  const colour = ['--set', 'COLOUR='];
  const up = ['import', bundles['2.0'] ?? '', '--up', ...quick, ...colour];
  const { stderr } = await ending(0, run(...up));
  expect(stderr).toContain('new settings: NEW');
  expect(stderr).toContain('OLD');
  expect(await inside('TOKEN')).toBe('hidden$1');
  expect(await inside('SIZE')).toBe('2');
  expect((await stat(file('.env'))).mode & 0o777).toBe(0o600);
});

test('an upgrade that lacks a setting names it, and the old release keeps running', async () => {
  const needs = ', KEY: "${SHOP_KEY:?from the vault}"';
  const next = await packRelease(work, {
    product,
    version: '3.0',
    images: [pageImage(image, 'page of 3.0')],
    compose: compose(needs),
    files: { '.env': 'APP_TOKEN=x\nSHOP_KEY=x\n', 'web.env': 'SIZE=1\n' },
  });
  const { stderr } = await ending(85, run('import', next, '--up', ...quick));
  expect(stderr).toContain('SHOP_KEY: from the vault');
  expect(stderr).toContain('--set SHOP_KEY=VALUE');
  expect((await ending(0, run('status'))).stdout).toMatch(/2\.0 since .* running/);
});

test('an .env unreadable for another user is reported with a way out', async () => {
  await ending(0, onEngine(engine, ['chown', '65534:65534', file('.env')]));
  // With the rights of an ordinary user and access to the engine’s socket.
  const user = ['setpriv', '--bounding-set=-dac_override,-dac_read_search'];
  const args = ['up', ...quick, '--state-dir', state, '--no-progress'];
  const before = await readFile(file('.env'), 'utf8');
  const { stderr } = await ending(45, onEngine(engine, [...user, ...bundleCommand, ...args]));
  expect(stderr).toMatch(/^error: reading .*\/\.env\n.*permission denied/);
  expect(stderr).toContain('a user who may do this');
  expect(await readFile(file('.env'), 'utf8')).toBe(before);
  expect(await inside('TOKEN')).toBe('hidden$1');
});
