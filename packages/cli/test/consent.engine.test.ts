import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker } from '@bundle/testkit';
import { bundleOn, ending, packRelease, pageImage } from './small-app.ts';

const product = 'consent-test';
const image = 'consent-test/web:1';
const engine = 'offline-28';
const quick = ['--yes', '--settle', '0.2', '--timeout', '30'];

let work: string;
let state: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'consent-'));
});
afterAll(() => rm(work, { recursive: true, force: true }));
beforeEach(async () => {
  state = await mkdtemp(join(work, 'state-'));
});
afterEach(async () => {
  await bundleOn(engine, state, ['uninstall', '--yes', '--volumes']);
});

const pack = (version: string, service: string, more = '') =>
  packRelease(work, {
    product,
    version,
    images: [pageImage(image, version)],
    compose: `services: {web: {image: "${image}", stop_signal: SIGKILL, ${service}}}\n${more}`,
  });
const run = (...args: string[]) => bundleOn(engine, state, args);
const containers = async () => (await docker(engine, 'ps', '-aq', '-f', 'name=consent')).trim();

test('access to the host has to be allowed, but only once', async () => {
  const first = await pack('1.0', 'privileged: true, cap_add: [SYS_TIME]');
  await ending(0, run('import', first, '--yes'));
  const { stderr } = await ending(94, run('up', '1.0', ...quick));
  expect(stderr).toContain('web runs privileged: it can do anything on the host');
  expect(stderr).toContain('web has the capability SYS_TIME');
  expect(stderr).toContain('--allow privileged --allow capability');
  expect(await containers()).toBe('');

  await ending(94, run('up', '1.0', ...quick, '--allow', 'privileged'));
  await ending(0, run('up', '1.0', ...quick, '--allow', 'privileged', '--allow', 'capability'));
  await ending(0, run('up', '1.0', ...quick));
  const allowed = join(state, product, 'allowed.json');
  expect(JSON.parse(await readFile(allowed, 'utf8')).allowed).toEqual([
    'web capability SYS_TIME',
    'web privileged',
  ]);
  expect((await stat(allowed)).mode & 0o777).toBe(0o600);

  // The same access is not asked about again; more is.
  const second = await pack('2.0', 'privileged: true, cap_add: [SYS_TIME], pid: host');
  await ending(0, run('import', second, '--yes'));
  const more = await ending(94, run('up', '2.0', ...quick));
  expect(more.stderr).not.toContain('privileged');
  expect(more.stderr).toContain('web shares the host’s pid namespace');
  expect(
    (await docker(engine, 'inspect', '-f', '{{.State.Status}}', `${product}-web-1`)).trim(),
  ).toBe('running');
});

test('an import with a start asks before it loads', async () => {
  const bundle = await pack('4.0', 'network_mode: host');
  await ending(94, run('import', bundle, '--up', ...quick));
  expect((await docker(engine, 'images', '-q', image)).trim()).toBe('');
  await ending(0, run('import', bundle, '--up', ...quick, '--allow', 'all'));
});

test('an ordinary application needs no permission', async () => {
  const bundle = await pack('3.0', 'volumes: ["data:/data", "/scratch"]', 'volumes: {data: {}}');
  const { stderr } = await ending(0, run('import', bundle, '--up', ...quick));
  expect(stderr).not.toMatch(/asks for/);
});
