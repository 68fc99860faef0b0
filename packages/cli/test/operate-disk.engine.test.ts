import { execFile as execFileCallback } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleCommand, type EngineName, exitOf, startOnEngine } from '@bundle/testkit';
import { shows } from './run-bundle.ts';
import { bundleOn, ending, healthy, packRelease, pageImage, pageOn } from './small-app.ts';

const execFile = promisify(execFileCallback);

// BUNDLE_TEST_SWEEP=1 tests every amount of free space up to a sufficient one, on both stores; otherwise some
// amounts, on one store.
const sweep = process.env['BUNDLE_TEST_SWEEP'] === '1';
const engines: readonly EngineName[] = sweep
  ? ['offline-28', 'offline-28-containerd']
  : ['offline-28'];
const product = 'disk-test';
const image = `${product}/web:1`;
const port = 8091;
const quick = ['--yes', '--settle', '0.5', '--timeout', '30'];
const page = 4096;

let work: string;
let disk: string;
const bundles: Record<string, string> = {};
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'operate-disk-'));
  disk = join(work, 'disk');
  await mkdir(disk);
  for (const version of ['1.0', '2.0']) {
    bundles[version] = await packRelease(work, {
      product,
      version,
      images: [pageImage(image, `page of ${version}`)],
      compose: `services:
  web:
    image: ${image}
    stop_signal: SIGKILL
    ports: ["${port}:80"]
    environment: {LEVEL: "$\{LEVEL:-info}"}
    healthcheck: ${healthy('wget -q -O /dev/null http://127.0.0.1/')}
`,
    });
  }
});
afterAll(() => rm(work, { recursive: true, force: true }));

describe.each(engines)('on %s, with a small disk for the state folder', (engine) => {
  const run = (...args: string[]) => bundleOn(engine, disk, args);
  const filler = (): string => join(disk, 'filler');
  /** Fills the disk except for some bytes. */
  const fill = async (left: number): Promise<void> => {
    const { bavail, bsize } = await statfs(disk);
    await writeFile(filler(), Buffer.alloc(Math.max(0, bavail * bsize - left)));
  };
  const isWholly = async (version: string): Promise<void> => {
    expect(await pageOn(engine, port)).toBe(`page of ${version}`);
    const current = await readlink(join(disk, product, 'current'));
    expect(current).toMatch(new RegExp(`^releases/${version}-`));
    const journal = JSON.parse(await readFile(join(disk, product, 'journal.json'), 'utf8'));
    expect(journal.running.release).toBe(current.slice('releases/'.length));
  };

  beforeAll(async () => {
    await execFile('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'small', disk]);
    await ending(0, run('import', bundles['1.0'] ?? '', '--up', ...quick));
  });
  afterAll(async () => {
    await rm(filler(), { force: true });
    await run('uninstall', '--yes', '--volumes');
    await execFile('umount', [disk]);
  });

  const amounts = sweep ? Array.from({ length: 40 }, (_, index) => index) : [6];
  test.each(amounts)(
    'with %i free pages an upgrade succeeds or is refused, and succeeds once there is space',
    async (pages) => {
      await fill(pages * page);
      const args = ['import', bundles['2.0'] ?? '', '--up', '--ignore', 'state-disk', ...quick];
      const { code, stderr } = await run(...args);
      if (code !== 0) {
        expect(stderr).toMatch(/no space left[\s\S]*Free some space/);
        expect(code).toBe(42);
        await isWholly('1.0');
      }
      await rm(filler());
      await ending(0, run('import', bundles['2.0'] ?? '', '--up', ...quick));
      await isWholly('2.0');
      expect(await readdir(join(disk, product))).not.toContain('.reserved');
      await ending(0, run('rollback', ...quick));
      await ending(0, run('prune', '--keep', '1', '--yes'));
      await isWholly('1.0');
    },
  );

  /** Starts the upgrade and fills the disk once the new container is running. */
  const filledMeanwhile = async (settle: string, again: boolean): Promise<number> => {
    await ending(0, run('import', bundles['2.0'] ?? '', '--yes'));
    const args = ['up', '2.0', '--yes', '--settle', settle, '--state-dir', disk, '--no-progress'];
    const child = startOnEngine(engine, [...bundleCommand, ...args]);
    const ended = exitOf(child);
    await shows(child.stderr ?? process.stdin, 'Started');
    await fill(0);
    const script = `while [ -e "$1" ]; do cat /dev/zero >>"$1" 2>/dev/null; done; true`;
    const greedy = again ? execFile('sh', ['-c', script, 'sh', filler()]) : undefined;
    const code = await ended;
    await rm(filler());
    await greedy;
    return code;
  };

  test('a disk that fills up during a start does not prevent its completion', async () => {
    expect(await filledMeanwhile('2', false)).toBe(0);
    await isWholly('2.0');
    await ending(0, run('rollback', ...quick));
    await isWholly('1.0');
  });

  test('if all space is taken at once, one release is running and current', async () => {
    // On a busy machine the command may be quicker than what takes the space: then nothing was short.
    let code = await filledMeanwhile('2', true);
    for (let left = 5; code === 0 && left > 0; left -= 1) {
      await isWholly('2.0');
      await ending(0, run('rollback', ...quick));
      code = await filledMeanwhile('2', true);
    }
    expect(code).toBe(42);
    // The space may be taken before or after `current` points to the new release; after that, only the journal is
    // missing.
    const current = await readlink(join(disk, product, 'current'));
    const [, version = ''] = /^releases\/([\d.]+)-/.exec(current) ?? [];
    expect(['1.0', '2.0']).toContain(version);
    expect(await pageOn(engine, port)).toBe(`page of ${version}`);
    await ending(0, run('up', '2.0', ...quick));
    await isWholly('2.0');
    await ending(0, run('rollback', ...quick));
    await isWholly('1.0');
  });
});

// Needs its own engine, which takes minutes, so it runs only in full tests.
const onFullEngine = sweep ? describe : undefined;
onFullEngine?.each<EngineName>(['offline-28', 'offline-28-containerd'])(
  'on %s, with a small disk for the engine',
  (engine) => {
    let small: string;
    let env: Record<string, string>;
    const scripts = join(import.meta.dirname, '../../../scripts/engines');
    const big = `${product}/big:1`;
    const run = (...args: string[]) => bundleOn(engine, join(work, 'state'), args, env);
    const page = () => pageOn(engine, port, env);

    beforeAll(async () => {
      // It contains the socket, whose path has to be short.
      small = await mkdtemp('/tmp/e-');
      env = { BUNDLE_ENGINES_DIR: small };
      const image = join(work, `${engine}.img`);
      await execFile('truncate', ['-s', '160M', image]);
      await execFile('mkfs.ext4', ['-q', '-F', image]);
      await execFile('mount', ['-o', 'loop', image, small]);
      await execFile(scripts, ['up', engine], { env: { ...process.env, ...env } });
      for (const version of ['10.0', '20.0']) {
        if (bundles[version] !== undefined) continue;
        const page = pageImage(big, `page of ${version}`);
        const data = randomBytes(3_000_000).toString('hex');
        bundles[version] = await packRelease(work, {
          product,
          version,
          images: [{ ...page, files: { ...page.files, data } }],
          compose: `services: {web: {image: "${big}", stop_signal: SIGKILL, ports: ["${port}:80"]}}\n`,
        });
      }
      await ending(0, run('import', bundles['10.0'] ?? '', '--up', ...quick));
    });
    afterAll(async () => {
      await rm(join(work, 'state'), { recursive: true, force: true });
      await execFile(scripts, ['down', engine], { env: { ...process.env, ...env } });
      await execFile('umount', [small]);
      await rm(small, { recursive: true });
    });

    test.each([0, 1, 4, 7, 10, 13, 16, 20])(
      'with %i MB left an upgrade succeeds or is refused, and succeeds once there is space',
      async (megabytes) => {
        const { bavail, bsize } = await statfs(small);
        const filler = join(small, 'filler');
        const bytes = bavail * bsize - megabytes * 1e6;
        await execFile('fallocate', ['-l', String(Math.max(1, bytes)), filler]);
        const args = ['import', bundles['20.0'] ?? '', '--up', ...quick];
        const looked = await run('preflight', bundles['20.0'] ?? '');
        const { code, stderr } = await run(...args, '--ignore', 'engine-disk');
        process.stdout.write(`${engine} ${megabytes} MB: preflight ${looked.code}, up ${code}\n`);
        if (code !== 0) {
          expect(stderr).toMatch(/no space left[\s\S]*What to do/);
          expect(await page()).toBe('page of 10.0');
        }
        await rm(filler);
        await ending(0, run(...args));
        expect(await page()).toBe('page of 20.0');
        await ending(0, run('rollback', ...quick));
        await ending(0, run('prune', '--keep', '1', '--yes'));
      },
    );
  },
);
