import { mkdtemp, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleCommand, type EngineName, exitOf, randomFrom, startOnEngine } from '@bundle/testkit';
import { bundleOn, ending, healthy, packVersions, pageOn } from './small-app.ts';

// BUNDLE_TEST_KILLS=N kills N times on each image store, at times derived from BUNDLE_TEST_SEED; otherwise a few
// times, on one.
const many = process.env['BUNDLE_TEST_KILLS'];
const kills = Number(many ?? 2);
const engines: readonly EngineName[] =
  many === undefined ? ['offline-28'] : ['offline-28', 'offline-28-containerd'];
const seed = Number(process.env['BUNDLE_TEST_SEED'] ?? Date.now() % 1e6);
const product = 'kills-test';
const image = `${product}/web:latest`;
const port = 8093;
const quick = ['--yes', '--settle', '0.3', '--timeout', '30'];
const good = healthy('wget -q -O /dev/null http://127.0.0.1/');
const bad = '{test: ["CMD", "false"], interval: 300ms, retries: 2}';

const compose = (check: string): string => `name: ${product}
services:
  web:
    image: ${image}
    restart: unless-stopped
    stop_signal: SIGKILL
    ports: ["${port}:80"]
    volumes: ["data:/data"]
    healthcheck: ${check}
  other:
    image: ${image}
    stop_signal: SIGKILL
    restart: unless-stopped
    deploy: {update_config: {order: start-first}}
    healthcheck: ${good}
volumes: {data: {}}
`;

let work: string;
let bundles: Record<string, string> = {};
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'operate-kills-'));
  bundles = await packVersions(work, { product }, image, compose, { good, bad });
});
afterAll(() => rm(work, { recursive: true, force: true }));

describe.each(engines)('on %s', (engine) => {
  const random = randomFrom(seed);
  let state: string;
  /** State of the journal after each kill. */
  const hit = new Map<string, number>();
  const run = (args: readonly string[]) => bundleOn(engine, state, args);
  const readState = async () =>
    JSON.parse(await readFile(join(state, product, 'journal.json'), 'utf8'));
  beforeAll(async () => {
    state = await mkdtemp(join(work, 'state-'));
    await ending(0, run(['import', bundles['1.0'] ?? '', '--up', ...quick]));
  });
  afterAll(async () => {
    await run(['uninstall', '--yes', '--volumes']);
    if (many !== undefined) process.stdout.write(`${engine}: ${JSON.stringify([...hit])}\n`);
  });

  /** Whether it was still running when it was killed. */
  const killed = async (args: readonly string[], afterMs: number): Promise<boolean> => {
    const words = [...bundleCommand, ...args, '--state-dir', state, '--no-progress'];
    const child = startOnEngine(engine, words);
    const ended = exitOf(child);
    await sleep(afterMs);
    child.kill('SIGKILL');
    const code = await ended;
    const { pending } = await readState();
    const step = code === 137 ? (pending?.step ?? 'between steps') : 'done before';
    hit.set(step, (hit.get(step) ?? 0) + 1);
    return code === 137;
  };
  const isWholly = async (version: string): Promise<void> => {
    expect(await pageOn(engine, port)).toBe(`page of ${version}`);
    const current = await readlink(join(state, product, 'current'));
    expect(current).toMatch(new RegExp(`^releases/${version}-`));
    expect(await readState()).toMatchObject({
      pending: null,
      running: { release: current.slice(9) },
    });
    const { stdout } = await ending(0, run(['status', '--json']));
    expect(JSON.parse(stdout).instances).toMatchObject([{ state: 'running', changes: [] }]);
  };

  const works: readonly (readonly [what: string, args: readonly string[], code: number])[] = [
    ['import --up', ['import', '2.0', '--up', '--allow-older'], 0],
    ['up', ['up', '2.0'], 0],
    ['up with a copy of the volumes', ['up', '2.0', '--backup-volumes'], 0],
    ['up to a release that is not healthy', ['import', '3.0', '--up'], 87],
  ];
  test.each([...Array(kills).keys()])(
    `kill %i at any time, and in what mends it (seed ${seed}): one release, and the same again finishes`,
    async (index) => {
      const [what, [command = '', version = '', ...flags], code] = works[
        (index + Math.floor(random() * 2)) % works.length
      ] ??
        works[1] ?? ['', [], 0];
      const place = command === 'import' ? (bundles[version] ?? '') : version;
      // What `up` starts was imported before.
      if (command === 'up')
        await ending(0, run(['import', bundles[version] ?? '', '--yes', '--allow-older']));
      const args = [command, place, ...flags, ...quick];
      const times = [random() * 4000, ...(random() < 0.5 ? [random() * 3000] : [])];
      let wasAtWork = false;
      for (const time of times) wasAtWork = await killed(args, time);
      const next = await run(args);
      const words = `${what}, killed after ${times.map(Math.round).join(' and ')} ms: ${next.stderr}`;
      // The rollback may have ended with the kill; then nothing is left to fail.
      if (![code, ...(wasAtWork ? [] : [0])].includes(next.code)) throw new Error(words);
      await isWholly(code === 0 ? '2.0' : '1.0');
      if (code !== 0) return;
      await killed(['rollback', '--yes', '--settle', '0'], random() * 3000);
      await ending(0, run(['up', '1.0', ...quick]));
      await isWholly('1.0');
    },
    60_000,
  );
});
