import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleCommand, docker, onEngine } from '@bundle/testkit';
import { bundleOn, ending, packRelease, pageImage } from './small-app.ts';

// Settings that are answered where the bundle is made, and carried apart from it.

const engine = 'offline-28';
const product = 'sealed';
const image = `${product}/web:1`;
const quick = ['--yes', '--settle', '0.3', '--timeout', '30'];
const recipient = 'age1l9j4yazss7vjjwqy46ke9g7r0ncw6lxvjx8szhx7yaplpucn8g0qz9wyms';
const identity =
  '# created: today\nAGE-SECRET-KEY-13QQ38TSEYH7ZX4GM4ZF2L20TZE2VT8GRKJD0PH9W92TXWADJAHDQ2Q30FL\n';

let work: string;
let state: string;
let bundle: string;
const run = (...args: string[]) => bundleOn(engine, state, args);
const settings = (...args: string[]) =>
  onEngine('connected', [...bundleCommand, 'settings', bundle, ...args], { cwd: work });
const inside = (name: string) =>
  docker(engine, 'exec', `${product}-web-1`, 'sh', '-c', `echo "$${name}"`);

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'sealed-'));
  state = join(work, 'state');
  bundle = await packRelease(work, {
    product,
    version: '1.0',
    images: [pageImage(image, 'the page')],
    compose: `services: {web: {image: "${image}", stop_signal: SIGKILL, env_file: web.env, environment: ["DB=\${DB}"]}}\n`,
    files: { '.env': 'DB=canary-db\nOTHER=x\n', 'web.env': 'TOKEN=canary-token\n' },
  });
  await writeFile(join(work, 'key.txt'), identity);
});
afterEach(() => run('uninstall', '--yes', '--volumes'));
afterAll(async () => {
  await docker(engine, 'rmi', '-f', image);
  await rm(work, { recursive: true, force: true });
});

test('values of the source side reach the offline host encrypted, and start the application', async () => {
  const own = ['--env-file', `${product}-1.0/.env`, '--env-file', `${product}-1.0/web.env`];
  const made = await ending(0, settings(...own, '--recipient', recipient));
  expect(made.stdout).toMatch(/2 settings of sealed 1\.0, encrypted\n\n.*DB, web\.env:TOKEN/);
  const file = join(work, `${product}-1.0.settings.age`);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(file, 'latin1')).not.toMatch(/canary|TOKEN/);

  const given = ['--settings', file, '--identity', join(work, 'key.txt')];
  const looked = await ending(0, run('preflight', bundle, ...given));
  expect(looked.stdout).toContain('all required settings have a value');
  await ending(0, run('import', bundle, '--up', ...quick, ...given, '--set', 'DB=mine'));
  expect(await inside('TOKEN')).toBe('canary-token');
  expect(await inside('DB')).toBe('mine');
});

test('without its key nothing is loaded; what lacks a value is written nowhere', async () => {
  await ending(85, settings('--recipient', recipient, '-o', 'half.age', '--set', 'DB=1'));
  await expect(readFile(join(work, 'half.age'))).rejects.toThrow('ENOENT');
  const all = ['--set', 'DB=1', '--set', 'TOKEN=2', '-o', 'whole.age', '--recipient', recipient];
  await ending(0, settings(...all));
  await ending(40, settings(...all));
  const file = join(work, 'whole.age');
  await ending(101, run('import', bundle, '--up', ...quick, '--settings', file));
  expect(await docker(engine, 'images', '-q', image)).toBe('');
});
