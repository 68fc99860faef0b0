import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleManifest, writeSampleBundle } from '@bundle/testkit';
import { bundle, bundleOnTerminal, shows, startBundle } from './run-bundle.ts';

let work: string;
let args: string[];

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'quiet-'));
  await writeSampleBundle(join(work, 'shop'), sampleManifest());
  args = ['import', join(work, 'shop'), '--engine', `oci:${join(work, 'engine')}`];
});
afterAll(() => rm(work, { recursive: true, force: true }));

test('-q prints the result and nothing on stderr', async () => {
  const state = ['--state-dir', join(work, 'quiet')];
  const { code, stdout, stderr } = await bundle([...args, ...state, '--yes', '-q']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('Imported shop 1.0');
});

test('-q still prints an error with what to do', async () => {
  const { code, stderr } = await bundle(['verify', join(work, 'gone.tar'), '--quiet']);
  expect(code).toBe(50);
  expect(stderr).toContain('What to do:');
});

test('-q still asks on a terminal, with what the answer is about', async () => {
  const state = ['--state-dir', join(work, 'asked')];
  const typed = { after: '(Y/n)', keys: 'n\r' };
  const { stdout } = await bundleOnTerminal([...args, ...state, '-q'], { typed });
  expect(stdout).toContain('Import shop 1.0, not signed');
});

test('-v prints each step with its time, also a short one', async () => {
  const { code, stderr } = await bundle(['verify', join(work, 'shop'), '-v']);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^verifying: done, .*ms$/m);
});

test('-v adds the place in the program to an error', async () => {
  const { stderr } = await bundle(['verify', join(work, 'gone.tar'), '--verbose']);
  expect(stderr).toMatch(/\n {2,}at /);
});

test('-q and -v exclude each other', async () => {
  expect((await bundle(['verify', '-q', '-v'])).code).toBe(2);
});

test('an engine that does not answer is waited for with a line every two seconds', async () => {
  const socket = join(work, 'docker.sock');
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const child = startBundle(['preflight', join(work, 'shop')], {
    env: { DOCKER_HOST: `unix://${socket}` },
  });
  try {
    await shows(child.stderr, 'checking this host: 2');
  } finally {
    child.kill('SIGKILL');
    server.close();
  }
});

test('-v alone prints the version', async () => {
  expect(await bundle(['-v'])).toEqual(await bundle(['--version']));
});
