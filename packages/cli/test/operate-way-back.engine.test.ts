import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker, type Output } from '@bundle/testkit';
import { bundleOn, ending, packRelease, pageImage } from './small-app.ts';

// What no test in memory can show: the exit codes of the command when the way back fails on a real engine.

const product = 'way-back';
const image = `${product}/web:1`;
const engine = 'offline-28';
const quick = ['--yes', '--settle', '0.2', '--timeout', '15'];
/** Fails from the moment a release has left this file in the volume, which both releases share. */
const check = '{test: ["CMD-SHELL", "test ! -e /data/broken"], interval: 300ms, retries: 2}';

let work: string;
let state: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'way-back-'));
});
afterAll(() => rm(work, { recursive: true, force: true }));
beforeEach(async () => {
  state = await mkdtemp(join(work, 'state-'));
});
afterEach(async () => {
  await run('uninstall', '--yes', '--volumes');
});

const run = (...args: string[]): Promise<Output> => bundleOn(engine, state, args);
const container = `${product}-web-1`;
const serving = async (): Promise<string> =>
  (await docker(engine, 'exec', container, 'cat', '/www/index.html')).trim();
const pack = (version: string, first: string): Promise<string> => {
  const page = pageImage(image, version);
  const serve = `${first}; exec busybox httpd -f -p 80 -h /www`;
  return packRelease(work, {
    product,
    version,
    images: [{ ...page, command: ['sh', '-c', serve] }],
    compose: `services:
  web: {image: "${image}", stop_signal: SIGKILL, volumes: ["data:/data"], healthcheck: ${check}}
volumes: {data: {}}
`,
  });
};

test('if neither the new release nor the previous one becomes healthy, it ends with 90, and a fix is taken up', async () => {
  await ending(0, run('import', await pack('1.0', 'echo first'), '--up', ...quick));
  const second = await pack('2.0', 'touch /data/broken');
  const { stderr } = await ending(90, run('import', second, '--up', ...quick));
  expect(stderr).toContain('It was rolled back because of');
  expect(stderr).toContain('What to do:');
  expect(await serving()).toBe('1.0');
  await ending(91, run('status'));
  await docker(engine, 'exec', container, 'rm', '/data/broken');
  await ending(0, run('up', ...quick));
  expect(await serving()).toBe('1.0');
});

test('a damaged copy of the volumes ends with 95, and the release and its volumes stay', async () => {
  await ending(0, run('import', await pack('3.0', 'echo first >/data/kept'), '--up', ...quick));
  const fourth = await pack('4.0', 'echo second >/data/kept');
  await ending(0, run('import', fourth, '--up', '--backup-volumes', ...quick));
  const backups = join(state, product, 'backups');
  const copies = (await readdir(backups, { recursive: true })).filter((name) => /\.tar/.test(name));
  expect(copies).toHaveLength(1);
  const copy = join(backups, copies[0] ?? '');
  const whole = await readFile(copy);
  const flipped = Buffer.from(whole);
  flipped[100] = (flipped[100] ?? 0) ^ 1;
  for (const bytes of [flipped, whole.subarray(0, -100), Buffer.alloc(0)]) {
    await writeFile(copy, bytes);
    await ending(95, run('rollback', '--restore-volumes', ...quick));
    expect(await serving()).toBe('4.0');
    expect((await docker(engine, 'exec', container, 'cat', '/data/kept')).trim()).toBe('second');
  }
  await writeFile(copy, whole);
  await ending(0, run('rollback', '--restore-volumes', ...quick));
  expect(await serving()).toBe('3.0');
});
