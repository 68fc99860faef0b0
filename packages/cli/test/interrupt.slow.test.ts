import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeLayout, writeSlowBundle } from '@bundle/testkit';
import { bundleOnTerminal, finished, shows, startBundle } from './run-bundle.ts';

// A sparse file: it takes no disk space, but a minute to read.
const slowBytes = 60e9;
const oneSecondBytes = 1e9;
const repeats = Number(process.env['BUNDLE_TEST_REPEATS'] ?? 3);
let folder = '';
let slow = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundle-'));
  slow = join(folder, 'slow');
  await writeSlowBundle(slow, slowBytes);
});
afterAll(() => rm(folder, { recursive: true }));

test('long work shows bytes, speed and time left, and Ctrl-C stops it with code 130', async () => {
  const child = startBundle(['verify', slow]);
  const result = finished(child);
  await shows(child.stderr, 'left');
  child.kill('SIGINT');
  const { code, stdout, stderr } = await result;
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
  expect(stderr).toMatch(/^verifying: .* of 60 GB \(\d+%\), .*B\/s, .* left\n/);
  expect(stderr).toContain('stopping…');
  expect(stderr).toContain('stopped');
  expect(stderr).not.toContain('done');
}, 20_000);

test.each(['SIGTERM', 'SIGHUP'] as const)(
  '%s stops the work like Ctrl-C',
  async (signal) => {
    const child = startBundle(['verify', slow, '--json']);
    const result = finished(child);
    setTimeout(() => child.kill(signal), 1000);
    const { code, stdout, stderr } = await result;
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'interrupted', exitCode: 130 } });
  },
  20_000,
);

test('on a terminal one line is redrawn, and removed at the end', async () => {
  const large = join(folder, 'large');
  await writeSlowBundle(large, oneSecondBytes);
  const { stdout } = await bundleOnTerminal(['verify', large]);
  const drawn = stdout.match(/verifying: .* of 1 GB \(\d+%\)/g) ?? [];
  expect(drawn.length).toBeGreaterThan(3);
}, 20_000);

test('--no-progress is silent during the work', async () => {
  const child = startBundle(['verify', slow, '--no-progress']);
  const result = finished(child);
  setTimeout(() => child.kill('SIGINT'), 4000);
  expect((await result).stderr).toMatch(/^stopping…/);
}, 20_000);

test('Ctrl-C twice leaves nothing of an export that has just begun', async () => {
  const compose = 'name: shop\nservices: { app: { image: "app:1" } }\n';
  await writeFile(join(folder, 'compose.yml'), compose);
  const layer = { text: randomBytes(20_000_000).toString('base64') };
  await makeLayout(join(folder, 'layout'), [{ reference: 'app:1', layers: [layer] }]);
  const args = ['export', join(folder, 'compose.yml'), '--engine', `oci:${join(folder, 'layout')}`];
  for (let round = 0; round < repeats; round += 1) {
    const target = await mkdtemp(join(folder, 'target-'));
    const child = startBundle([...args, '--no-runtime', '-o', join(target, 'shop.tar')]);
    const result = finished(child);
    while ((await readdir(target)).length === 0 && child.exitCode === null)
      await new Promise((resolve) => setImmediate(resolve));
    child.kill('SIGINT');
    await shows(child.stderr, 'stopping…');
    child.kill('SIGINT');
    expect(await result).toMatchObject({ code: 130 });
    expect(await readdir(target)).toEqual([]);
  }
}, 60_000);

describe('an engine that never answers', () => {
  let server: Server;
  const socket = (): string => join(folder, 'engine.sock');
  beforeAll(async () => {
    server = createServer();
    await new Promise<void>((resolve) => server.listen(socket(), resolve));
  });
  afterAll(() => server.close());

  test('a second Ctrl-C does not wait', async () => {
    const state = join(folder, 'state');
    const args = ['import', slow, '--state-dir', state, '--docker-host', `unix://${socket()}`];
    const child = startBundle(args);
    const result = finished(child);
    await new Promise((resolve) => server.once('connection', resolve));
    child.kill('SIGINT');
    await shows(child.stderr, 'stopping…');
    child.kill('SIGINT');
    const { code, stderr } = await result;
    expect(code).toBe(130);
    expect(stderr).toContain('stopping…');
  }, 20_000);
});
