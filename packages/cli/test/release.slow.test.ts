import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { version } from '../src/version.ts';

const release = join(import.meta.dirname, '../../../scripts/release');
const run = promisify(execFile);

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'release-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

/** The whole release, for both platforms and built twice, takes minutes: BUNDLE_TEST_RELEASE=1. */
const whole = process.env['BUNDLE_TEST_RELEASE'] === '1';

test('a release can be built, and what npm installs from it works', async () => {
  const output = join(work, 'release');
  const flags = whole ? [] : ['--once', '--platform', `linux-${process.arch}`];
  const { stdout, stderr } = await run(release, ['-o', output, ...flags], { maxBuffer: 1 << 26 });
  expect(`${stderr}${stdout}`).toMatch(/\n[1-9]\d* passed, 0 failed, \d+ skipped\n$/);
  expect(await readdir(output)).toEqual(
    expect.arrayContaining([
      'SHA256SUMS',
      `offline-bundle-${version}.tgz`,
      `offline-bundle-linux-${process.arch}-${version}.tgz`,
      `bundle-linux-${process.arch}`,
    ]),
  );
}, 600_000);

test('a release of another version than the sources is refused before it is built', async () => {
  await expect(
    run(release, ['-o', join(work, 'release'), '--version', '99.0.0']),
  ).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`the sources are of version ${version}, not 99.0.0`),
  });
});

test('a folder that is not empty is not touched', async () => {
  await expect(run(release, ['-o', import.meta.dirname])).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is not empty'),
  });
});
