import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker, engineEnv } from '@bundle/testkit';
import { startOnTerminal, Talk } from './run-bundle.ts';
import { bundleOn, ending, packRelease, pageImage } from './small-app.ts';

// One question for each import with a start: after the plan, and before anything is sent.

const engine = 'offline-28';
const product = 'ask-once';
const image = `${product}/web:1`;
const quick = ['--settle', '0.2', '--timeout', '30'];

let work: string;
let state: string;
let bundles: string[];
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'ask-once-'));
  state = join(work, 'state');
  const pack = (version: string, more: string): Promise<string> =>
    packRelease(work, {
      product,
      version,
      files: { '.env': 'KEY=here\n' },
      images: [pageImage(image, version)],
      compose: `services:
  web: {image: "${image}", stop_signal: SIGKILL, environment: {KEY: "\${KEY:?of the shop}"}, ${more}}
`,
    });
  bundles = [await pack('1', 'cap_add: [SYS_TIME]'), await pack('2', 'pid: host')];
});
afterAll(async () => {
  await bundleOn(engine, state, ['uninstall', '--yes', '--volumes']);
  await rm(work, { recursive: true, force: true });
});

const images = () => docker(engine, 'images', '-q', image);
const start = async (...args: string[]): Promise<Talk> =>
  new Talk(
    startOnTerminal([...args, ...quick, '--state-dir', state], { env: await engineEnv(engine) }),
  );

test('an import with a start shows the plan, asks one question, and sends nothing before', async () => {
  const [first = '', second = ''] = bundles;
  const declined = await start('import', first, '--up');
  await declined.shows('of the shop');
  declined.type('value\r');
  const plan = await declined.shows('(Y/n)');
  expect(plan).toContain('Start 1-');
  expect(plan).toContain('web has the capability SYS_TIME');
  expect(plan).toMatch(/Import and start ask-once 1, .*load 1 image .*, and allow what/s);
  expect(await images()).toBe('');
  declined.type('n\r');
  expect(await declined.result).toMatchObject({ code: 0 });
  expect(await images()).toBe('');

  const agreed = await start('import', first, '--up', '--set', 'KEY=value');
  await agreed.shows('(Y/n)');
  agreed.type('y\r');
  const { code, stdout } = await agreed.result;
  expect(code).toBe(0);
  expect(questions(stdout)).toBe(1);
  expect(stdout).toContain('Runs');

  const upgrade = await start('import', second, '--up');
  const change = await upgrade.shows('(Y/n)');
  expect(change).toContain('Change from 1-');
  expect(change).toContain('shares the host’s pid namespace');
  expect(change).not.toContain('SYS_TIME');
  upgrade.type('y\r');
  const upgraded = await upgrade.result;
  expect(upgraded.code).toBe(0);
  expect(questions(upgraded.stdout)).toBe(1);
});

test('a start of what is here asks once as well, also through an import', async () => {
  await ending(0, bundleOn(engine, state, ['import', bundles[0] ?? '', '--yes']));
  const again = await start('import', bundles[0] ?? '', '--up');
  expect(await again.shows('(Y/n)')).toMatch(/Change from 2-.*Start it/s);
  again.type('n\r');
  expect((await again.result).stdout).toContain('Nothing was changed');
});

test('a dry run shows the plan with what has to be filled in', async () => {
  const other = ['--state-dir', join(work, 'other'), '--name', 'ask-once-2'];
  const args = ['import', bundles[0] ?? '', '--up', '--dry-run', ...quick, ...other];
  const { stderr } = await ending(0, bundleOn(engine, state, args));
  expect(stderr).toContain('Start 1-');
  expect(stderr).toContain('to fill in: KEY');
});

/** Counts the questions on a terminal; each is repeated when it is answered. */
function questions(shown: string): number {
  return new Set(shown.match(/(?:Import and start|Start it|Allow this)[^?]*\?/g)).size;
}
