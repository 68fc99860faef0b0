import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  rm,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Digest, hexOf } from '@bundle/format';
import {
  bundleCommand,
  docker,
  type EngineName,
  exitOf,
  onEngine,
  startOnEngine,
} from '@bundle/testkit';
import { ending } from './small-app.ts';

// Exports and imports are ended at random times, as by Ctrl-C or a power cut, and run again.

const run = promisify(execFile);
const repeats = Number(process.env['BUNDLE_TEST_REPEATS'] ?? 2);
const signals = ['SIGKILL', 'SIGINT', 'SIGKILL', 'SIGTERM'] as const;
const names = ['resume-test/a:1', 'resume-test/b:1'] as const;
const layerBytes = 12_000_000;

let work: string;
const at = (name: string): string => join(work, name);

/** Makes images on separate bases that really run; `code` is their upper layer. */
async function build(code: Buffer): Promise<void> {
  const { stdout } = await onEngine('connected', ['which', 'busybox']);
  for (const name of names) {
    const context = at(name.replace(/\W/g, '-'));
    await mkdir(context, { recursive: true });
    await copyFile(stdout.trim(), join(context, 'busybox'));
    if (!(await readdir(context)).includes('base')) {
      await writeFile(join(context, 'base'), randomBytes(layerBytes));
    }
    await writeFile(join(context, 'code'), code);
    // A layer contains times in whole seconds; without this, sharing it would depend on the clock.
    await utimes(join(context, 'code'), 0, 0);
    const dockerfile = 'FROM scratch\nCOPY base busybox /\nCOPY code /\nCMD ["/busybox", "true"]\n';
    await writeFile(join(context, 'Dockerfile'), dockerfile);
    await docker('connected', 'build', '-q', '-t', name, context);
  }
}

const exportWords = (output: string, ...flags: string[]): string[] => [
  ...[...bundleCommand, 'export', at('compose.yml'), '-o', output, '--json'],
  ...['--no-runtime', '--force', '--no-progress', ...flags],
];

async function exported(output: string, ...flags: string[]) {
  const { stdout } = await ending(0, onEngine('connected', exportWords(output, ...flags)));
  return JSON.parse(stdout);
}

/** Runs a command and ends it at some point; false if it finished before. */
async function endedAt(
  engine: EngineName,
  words: readonly string[],
  signal: NodeJS.Signals,
  delay: number,
): Promise<boolean> {
  const child = startOnEngine(engine, words);
  const ended = exitOf(child);
  await sleep(delay);
  child.kill(signal);
  return (await ended) !== 0;
}

const between = (round: number, milliseconds: number): number =>
  ((round + Math.random()) / repeats) * milliseconds;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'resume-'));
  const services = names.map((name, index) => `s${index}: { image: "${name}" }`).join(', ');
  await writeFile(at('compose.yml'), `name: resume\nservices: { ${services} }\n`);
  await build(randomBytes(layerBytes));
  await exported(at('one.tar'), '--release-version', '1');
});
afterAll(async () => {
  await docker('connected', 'rmi', '-f', ...names);
  await rm(work, { recursive: true, force: true });
});

describe.each(['app.tar', 'app'] as const)('an export to %s that was ended', (name) => {
  const layersIn = async (cache: string): Promise<string[]> => {
    const [version = ''] = await readdir(cache).catch(() => []);
    return readdir(join(cache, version, 'layers')).catch(() => []);
  };

  /** The command may also be ended after its bundle has its name, when only its own files are left to write. */
  const expectNothingOrAll = async (folder: string): Promise<void> => {
    if ((await readdir(folder)).includes(name))
      await run('diff', ['-r', join(folder, name), at(`reference-${name}`)]);
  };

  test('continues from the finished layers, with the same bytes', async () => {
    const folder = at(`export-${name}`);
    await mkdir(folder);
    const reference = await exported(join(folder, name), '--no-cache');
    await run('mv', [join(folder, name), at(`reference-${name}`)]);
    for (let round = 0; round < repeats; round += 1) {
      const cache = join(folder, 'cache');
      const output = join(folder, name);
      const flags = ['--cache', cache];
      const signal = signals[round % signals.length] ?? 'SIGKILL';
      const delay = between(round, 1000 * reference.seconds + 300);
      const words = exportWords(output, ...flags);
      if (await endedAt('connected', words, signal, delay)) {
        await expectNothingOrAll(folder);
      }
      const kept = await layersIn(cache);
      const again = await exported(output, ...flags);
      expect(again.digest).toBe(reference.digest);
      // The images share one layer: the second finds what the first has just cached, if it comes later.
      expect([0, 1]).toContain(again.reused.layers - kept.length);
      await run('diff', ['-r', output, at(`reference-${name}`)]);
      expect((await readdir(folder)).sort()).toEqual([name, 'cache'].sort());
      await rm(cache, { recursive: true });
      await rm(output, { recursive: true });
    }
  });

  test('recreates layers that a power cut left truncated or empty in the cache', async () => {
    const cache = at(`cut-${name}`);
    const { digest, manifest } = await exported(at('cut'), '--cache', cache);
    const [version = ''] = await readdir(cache);
    const { layers } = manifest.images[0];
    expect(layers).toHaveLength(2);
    const [base, code] = layers;
    const blobOf = (layer: { digest: Digest }) =>
      join(cache, version, 'blobs', hexOf(layer.digest));
    await truncate(blobOf(base), Math.floor(base.size / 2));
    await truncate(blobOf(code), 0);
    await truncate(blobOf(code), code.size);
    const again = await exported(at('cut'), '--cache', cache);
    // Layers of the second image: its base was left complete, and the shared layer has just been made again.
    expect(again).toMatchObject({ digest, reused: { layers: 2 } });
    expect(await exported(at('cut'), '--cache', cache)).toMatchObject({
      digest,
      reused: { layers: 3 },
    });
    await ending(0, onEngine('connected', [...bundleCommand, 'verify', at('cut')]));
    await rm(at('cut'), { recursive: true });
  });
});

describe.each(['offline-28', 'offline-28-containerd'] as const)('on %s', (engine) => {
  const state = (): string => at(`state-${engine}`);
  const words = (bundle: string): string[] => [
    ...[...bundleCommand, 'import', at(bundle), '--state-dir', state()],
    // The rounds of an update begin with the older bundle.
    ...['--yes', '--json', '--no-progress', '--allow-older'],
  ];
  /** The lock of a killed import becomes free after some seconds. */
  const imported = async (bundle: string) => {
    let output = await onEngine(engine, words(bundle));
    for (let wait = 0; output.code === 44 && wait < 30; wait += 1) {
      await sleep(500);
      output = await onEngine(engine, words(bundle));
    }
    return JSON.parse((await ending(0, Promise.resolve(output))).stdout);
  };
  /** Lists the images on the engine; one with missing blobs would not run. */
  const whole = async (): Promise<string[]> => {
    const there = await docker(engine, 'images', '--format', '{{.Repository}}:{{.Tag}}');
    const found = there.split('\n').filter((name) => names.some((one) => one === name));
    for (const name of found) {
      await docker(engine, 'run', '--rm', '--pull', 'never', '--network', 'none', name);
    }
    return found;
  };
  const remove = () => docker(engine, 'rmi', '-f', ...names);
  afterAll(remove);

  test('an interrupted import leaves complete images or none, and continues from them', async () => {
    const { seconds } = await imported('one.tar');
    for (let round = 0; round < repeats; round += 1) {
      await remove();
      await rm(state(), { recursive: true });
      const signal = signals[round % signals.length] ?? 'SIGKILL';
      const delay = between(round, 1000 * seconds + 300);
      if (!(await endedAt(engine, words('one.tar'), signal, delay))) continue;
      const there = await whole();
      const report = await imported('one.tar');
      // The shared layer is sent along with each image.
      expect(report.reused.layers).toBeGreaterThanOrEqual(there.length);
      expect(await whole()).toHaveLength(names.length);
    }
  });

  test('an interrupted import of an update does the same, and leaves no other names', async () => {
    await build(randomBytes(layerBytes));
    await exported(at('two.tar'), '--release-version', '2', '--since', at('one.tar'));
    for (let round = 0; round < repeats; round += 1) {
      await imported('one.tar');
      const signal = signals[round % signals.length] ?? 'SIGKILL';
      await endedAt(engine, words('two.tar'), signal, between(round, 1500));
      expect(await whole()).toHaveLength(names.length);
      await imported('two.tar');
      expect(await whole()).toHaveLength(names.length);
      const there = await docker(engine, 'images', '--format', '{{.Repository}}');
      expect(there).not.toMatch(/127\.0\.0\.1|bundle-import/);
    }
  });
});
