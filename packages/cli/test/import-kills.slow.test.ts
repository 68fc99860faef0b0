import { mkdtemp, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomFrom } from '@bundle/testkit';
import { buildBundle } from '../../import/test/build-bundle.ts';
import { bundle, finished, startBundle } from './run-bundle.ts';

// BUNDLE_TEST_KILLS=N: N kills, at times that BUNDLE_TEST_SEED decides.
const kills = Number(process.env['BUNDLE_TEST_KILLS'] ?? 5);
const seed = Number(process.env['BUNDLE_TEST_SEED'] ?? Date.now() % 1_000_000);

let work: string;
let bundles: readonly string[];
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'import-kills-'));
  bundles = await Promise.all(
    [1, 2].map(async (sequence) => {
      const version = `${sequence}.0`;
      const path = join(work, `shop-${version}.tar`);
      return (await buildBundle(path, undefined, { version, sequence })).path;
    }),
  );
});
afterAll(() => rm(work, { recursive: true, force: true }));

test(`an import that is killed at any time leaves a log without a gap, and no way back (seed ${seed})`, async () => {
  const random = randomFrom(seed);
  const [old = '', next = ''] = bundles;
  for (let index = 0; index < kills; index += 1) {
    const state = join(work, `state-${index}`);
    const args = (path: string): string[] => [
      ...['import', path, '--state-dir', state, '--engine', `oci:${join(work, `engine-${index}`)}`],
      ...['--ignore', 'compose', '--yes', '--no-progress'],
    ];
    const history = async () => {
      const { code, stdout } = await bundle(['history', '--state-dir', state, '--json']);
      expect(code).toBe(0);
      return JSON.parse(stdout);
    };
    expect(await bundle(args(old))).toMatchObject({ code: 0 });
    const started = performance.now();
    await bundle(['inspect', next]);
    const child = startBundle(args(next));
    const ended = finished(child);
    // From when the command is loaded to when it may be done.
    await sleep((0.6 + random() * 1.4) * (performance.now() - started));
    child.kill('SIGKILL');
    await ended;
    const current = await readlink(join(state, 'shop/current'));
    const isThere = current.startsWith('releases/2.0-');
    const { rows } = await history();
    if (isThere) expect(rows).toHaveLength(2);
    // The release that is current may be imported again; an older one never passes.
    expect((await bundle(args(old))).code).toBe(isThere ? 96 : 0);
    expect(await bundle(args(next))).toMatchObject({ code: 0 });
    expect(await bundle(args(old))).toMatchObject({ code: 96 });
    const last = (await history()).rows.at(-1);
    expect(last).toMatchObject({ version: '2.0' });
    if (!isThere) expect(last).toMatchObject({ outcome: 'done' });
  }
}, 120_000);
