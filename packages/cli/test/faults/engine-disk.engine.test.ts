import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  rm,
  statfs,
  symlink,
} from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleCommand, type EngineName, type Output, onEngine } from '@bundle/testkit';
import { ending, healthy, packRelease, pageImage, pageOn } from '../small-app.ts';
import { spread } from './kills.ts';

// Fills the data folder of a real engine: it has a file system of its own. BUNDLE_TEST_SWEEP=1 sweeps the free space
// from none to enough on both image stores; otherwise a few steps on one.

const run = promisify(execFile);
const sweep = process.env['BUNDLE_TEST_SWEEP'] === '1';
const engines: readonly EngineName[] = sweep
  ? ['offline-28', 'offline-28-containerd']
  : ['offline-28-containerd'];
const scripts = join(import.meta.dirname, '../../../../scripts/engines');
const product = 'full-engine';
const image = `${product}/web:latest`;
const port = 8093;
const diskBytes = 160 * 2 ** 20;
const ballastBytes = 6_000_000;

let work: string;
const bundles: Record<string, string> = {};
beforeAll(async () => {
  // Short: sockets of engines are in it.
  work = await mkdtemp('/tmp/full-');
  for (const version of ['1.0', '2.0']) {
    const page = pageImage(image, `page of ${version}`);
    const ballast = randomBytes(ballastBytes).toString('base64');
    bundles[version] = await packRelease(work, {
      product,
      version,
      images: [{ ...page, files: { ...page.files, ballast } }],
      compose: `services:
  web:
    image: ${image}
    stop_signal: SIGKILL
    ports: ["${port}:80"]
    healthcheck: ${healthy('wget -q -O /dev/null http://127.0.0.1/')}
`,
    });
  }
});
afterAll(() => rm(work, { recursive: true, force: true }));

describe.each(engines)('row 58: the disk of %s fills up while images are loaded', (engine) => {
  const env = (): Record<string, string> => ({ BUNDLE_ENGINES_DIR: join(work, 'e') });
  /** The engine finds it through a link: scripts/engines unmounts what it finds in its own folder. */
  const data = (): string => join(work, `data-${engine}`);
  const state = (): string => join(work, `state-${engine}`);
  const filler = (): string => join(data(), 'filler');
  const bundle = (...args: string[]): Promise<Output> => {
    const flags = ['--state-dir', state(), '--no-progress', '--yes'];
    return onEngine(engine, [...bundleCommand, ...args, ...flags], { env: env() });
  };
  const newer = (): Promise<Output> =>
    bundle('import', bundles['2.0'] ?? '', '--ignore', 'engine-disk');

  let older: string;
  beforeAll(async () => {
    await mkdir(data());
    await mkdir(join(work, 'e', engine), { recursive: true });
    await symlink(data(), join(work, 'e', engine, 'data'));
    const disk = join(work, `${engine}.img`);
    await run('truncate', ['-s', `${diskBytes}`, disk]);
    await run('mkfs.ext4', ['-q', '-F', '-m', '0', disk]);
    await run('mount', ['-o', 'loop', disk, data()]);
    await run(scripts, ['up', engine], { env: { ...process.env, ...env() } });
    const quick = ['--settle', '0.2', '--timeout', '30'];
    await ending(0, bundle('import', bundles['1.0'] ?? '', '--up', ...quick));
    older = await imageNow();
  }, 60_000);
  afterAll(async () => {
    await rm(filler(), { force: true });
    await run(scripts, ['down', engine], { env: { ...process.env, ...env() } });
    await run('umount', [data()]);
  }, 60_000);

  const freeBytes = async (): Promise<number> => {
    const { bavail, bsize } = await statfs(data());
    return bavail * bsize;
  };
  const leave = async (bytes: number): Promise<void> => {
    const free = await freeBytes();
    if (free <= bytes) return;
    // The last blocks cannot be reserved in one piece, only written.
    const fill =
      'fallocate -l "$1" "$2" 2>/dev/null || head -c "$1" /dev/zero >"$2" 2>/dev/null || :';
    await run('sh', ['-c', fill, 'sh', `${free - bytes}`, filler()]);
  };
  const imageNow = async (): Promise<string> =>
    (
      await onEngine(engine, ['docker', 'images', '-q', '--no-trunc', image], { env: env() })
    ).stdout.trim();
  /** Removes the image of release 2.0 again, so that the next import has to load it. */
  const forget = async (): Promise<void> => {
    const newest = await imageNow();
    expect(newest).not.toBe(older);
    await ending(0, onEngine(engine, ['docker', 'rmi', '-f', newest], { env: env() }));
    expect(await imageNow()).toBe('');
  };
  /** Release 1.0 runs and is current. */
  const isOld = async (): Promise<void> => {
    expect(await pageOn(engine, port, env())).toBe('page of 1.0');
    expect(await readlink(join(state(), product, 'current'))).toMatch(/^releases\/1\.0-/);
    const journal = JSON.parse(await readFile(join(state(), product, 'journal.json'), 'utf8'));
    expect(journal).toMatchObject({
      pending: null,
      running: { release: expect.stringMatching(/^1\.0-/) },
    });
  };

  test('each amount of room ends in S0 or S1, and with room again the same import completes', async () => {
    const outcomes: string[] = [];
    // Loading takes the stored bytes, their unpacked files, and with some stores a copy of the archive.
    const enough = ballastBytes * 6;
    const steps = Array.from({ length: 61 }, (_, step) => Math.round((enough * step) / 60));
    const chosen = sweep ? spread(steps, 25) : [0, ballastBytes, enough];
    for (const bytes of chosen) {
      await leave(bytes);
      const { code, stderr } = await newer();
      outcomes.push(`${bytes}: ${code}`);
      expect({ bytes, code, stderr }).toMatchObject({
        code: [0, 32, 42].find((one) => one === code) ?? 42,
      });
      await isOld();
      await rm(filler(), { force: true });
      await ending(0, newer());
      await isOld();
      await forget();
      await isOld();
    }
    expect(outcomes[0]).not.toMatch(/: 0$/);
    expect(outcomes.at(-1)).toMatch(/: 0$/);
    const log = process.env['BUNDLE_TEST_DISKS_LOG'];
    const place = { kind: 'ext4', limit: 'space', name: `the data of ${engine}` };
    if (log !== undefined) await appendFile(log, `${JSON.stringify({ ...place, outcomes })}\n`);
  }, 1_800_000);
});
