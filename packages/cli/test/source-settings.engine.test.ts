// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Compose files
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker, onEngine } from '@bundle/testkit';
import { bundleOn, ending, packRelease, pageImage, pageOn } from './small-app.ts';

// Settings that the source side has and no example names.

const engine = 'offline-28';
const product = 'source-settings';
const image = `${product}/web:1`;
const quick = ['--yes', '--settle', '0.3', '--timeout', '30'];

let work: string;
let state: string;
let bundle: string;
const run = (...args: string[]) => bundleOn(engine, state, args);

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'source-settings-'));
  state = join(work, 'state');
  bundle = await packRelease(work, {
    product,
    version: '1.0',
    images: [pageImage(image, 'the page')],
    compose: `name: ${product}
services:
  web:
    image: "${product}/web:\${TAG:?set TAG in .env}"
    stop_signal: SIGKILL
    ports: ["\${PORT}:80"]
    volumes: ["\${CONF}:/etc/app:ro"]
`,
    files: { '.env': 'TAG=1\nPORT=18093\nCONF=./conf\n', 'conf/a.conf': 'a\n' },
  });
});
afterEach(() => run('uninstall', '--yes', '--volumes'));
afterAll(async () => {
  await docker(engine, 'rmi', '-f', image);
  await rm(work, { recursive: true, force: true });
});

test('nothing is started without them, and nobody is asked for the tag of an image', async () => {
  const looked = await ending(0, run('preflight', bundle));
  expect(looked.stdout).toContain('no value for PORT, CONF\n');
  expect(looked.stdout).toContain('not known yet: ${PORT}');
  const refused = await ending(85, run('import', bundle, '--up', ...quick));
  expect(refused.stderr).toContain('PORT has no value');
  expect(refused.stderr).not.toContain('TAG');
  expect(await docker(engine, 'images', '-q', image)).toBe('');
});

test('with them it starts as it did at its source', async () => {
  const given = ['--set', 'PORT=18094', '--set', 'CONF=./conf'];
  const looked = await ending(0, run('preflight', bundle, ...given));
  expect(looked.stdout).toContain('18094/tcp free');
  await ending(0, run('import', bundle, '--up', ...given, ...quick));
  expect(await pageOn(engine, 18_094)).toBe('the page');
  const file = await docker(engine, 'exec', `${product}-web-1`, 'cat', '/etc/app/a.conf');
  expect(file).toBe('a');
});

test('a .env that is packed with its values is all that preflight and start need', async () => {
  const whole = await packRelease(work, {
    product,
    version: '1.5',
    images: [pageImage(image, 'the page')],
    compose: `name: ${product}\nservices: {web: {image: "${image}", stop_signal: SIGKILL, ports: ["\${PORT}:80"]}}\n`,
    files: { '.env': 'PORT=18096\n' },
    flags: ['--with-env', `${product}-1.5/.env`],
  });
  expect((await ending(0, run('preflight', whole))).stdout).toContain('18096/tcp free');
  await ending(0, run('import', whole, '--up', ...quick));
  expect(await pageOn(engine, 18_096)).toBe('the page');
});

test('plain Docker starts it too once they are filled in: install.sh says which', async () => {
  const folder = join(work, 'unpacked');
  const flags = ['--plain', '--yes', '--state-dir', state];
  await onEngine(engine, ['sh', '-c', `mkdir -p ${folder} && tar -C ${folder} -xf ${bundle}`]);
  const install = () => onEngine(engine, ['sh', join(folder, 'install.sh'), ...flags]);
  expect((await ending(0, install())).stderr).toMatch(/Fill in these files.*\n.*\/\.env\n/);
  const env = join(state, product, 'current/.env');
  const text = await readFile(env, 'utf8');
  expect(text).toContain('\nTAG=fixed-by-the-bundle\n');
  const filled = text
    .replace('\nPORT=\n', '\nPORT=18095\n')
    .replace('\nCONF=\n', '\nCONF=./conf\n');
  await writeFile(env, filled);
  expect((await ending(0, install())).stderr).toContain('Started');
  expect(await pageOn(engine, 18_095)).toBe('the page');
});

test('an image that a variable chooses is all that there is: everything starts without a question', async () => {
  const only = await packRelease(work, {
    product,
    version: '2.0',
    images: [pageImage(image, 'the page')],
    compose: `name: ${product}\nservices: {web: {image: "${product}/web:\${TAG:?set it}", stop_signal: SIGKILL}}\n`,
    files: { '.env': 'TAG=1\n' },
  });
  await ending(0, run('import', only, '--up', ...quick));
  await ending(0, run('uninstall', '--yes'));
  const folder = join(work, 'plain');
  await onEngine(engine, ['sh', '-c', `mkdir -p ${folder} && tar -C ${folder} -xf ${only}`]);
  const flags = ['--plain', '--yes', '--state-dir', state];
  const started = await ending(0, onEngine(engine, ['sh', join(folder, 'install.sh'), ...flags]));
  expect(started.stderr).toContain('Started');
  const ps = ['compose', '-f', 'docker-compose.yml', '-f', 'compose.offline.yml', 'ps', '-q'];
  const cwd = join(state, product, 'current');
  expect((await ending(0, onEngine(engine, ['docker', ...ps], { cwd }))).stdout).not.toBe('');
});
