import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { docker } from '@bundle/testkit';
import { bundleOn, ending, packRelease, pageImage } from './small-app.ts';

// Secrets in files: the bundle does not contain them, and somebody brings them once.

const engine = 'offline-28';
const product = 'secret-files';
const image = `${product}/web:1`;
const quick = ['--yes', '--settle', '0.3', '--timeout', '30'];

let work: string;
let state: string;
const run = (...args: string[]) => bundleOn(engine, state, args);

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'secret-files-'));
  state = join(work, 'state');
});
afterAll(async () => {
  await run('uninstall', '--yes', '--volumes');
  await docker(engine, 'rmi', '-f', image);
  await rm(work, { recursive: true, force: true });
});

const pack = (version: string, secrets: string) =>
  packRelease(work, {
    product,
    version,
    images: [pageImage(image, version)],
    compose: `services: {web: {image: "${image}", stop_signal: SIGKILL, secrets: [${secrets}]}}
secrets: {pw: {file: secrets/pw.txt}, more: {file: more.txt}}
`,
    // Images may be from different days.
    flags: ['--sequence', version.slice(0, 1)],
    files: { 'secrets/pw.txt': 'of the source side', 'more.txt': 'of the source side' },
  });

test('a secret is asked for once: an upgrade takes it over, and names what is new', async () => {
  const first = await pack('1.0', 'pw');
  const refused = await ending(81, run('import', first, '--up', ...quick));
  const [, place = ''] =
    /files: (\S+\/secrets\/pw\.txt), secret pw of web/.exec(refused.stderr) ?? [];
  await ending(0, run('import', first, '--yes'));
  await ending(89, run('up', ...quick));
  await mkdir(dirname(place));
  await writeFile(place, 's3cret', { mode: 0o640 });
  await ending(0, run('up', ...quick));

  const second = await pack('2.0', 'pw');
  expect((await ending(0, run('preflight', second))).stdout).toMatch(/pass {2}files/);
  const { stderr } = await ending(0, run('import', second, '--up', ...quick));
  expect(stderr).toContain('secrets/pw.txt is carried over from 1.0-');
  expect(await docker(engine, 'exec', `${product}-web-1`, 'cat', '/run/secrets/pw')).toBe('s3cret');
  const carried = join(state, product, 'current/secrets/pw.txt');
  expect((await stat(carried)).mode & 0o777).toBe(0o640);

  const third = await ending(81, run('preflight', await pack('3.0', 'pw, more')));
  expect(third.stdout).toMatch(/more\.txt, secret more of web, is not there/);
  expect(third.stdout).not.toContain('pw.txt');
});
