import { mkdtemp, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { points } from '@bundle/operate';
import { docker, type EngineName, exitOf, startOnEngine } from '@bundle/testkit';
import { bundleOn, ending, healthy, packVersions, pageOn } from './small-app.ts';

// BUNDLE_TEST_SWEEP=1 tests every point, and every pair of points, on both image stores; otherwise two, on one.
const sweep = process.env['BUNDLE_TEST_SWEEP'] === '1';
const engines: readonly EngineName[] = sweep
  ? ['offline-28', 'offline-28-containerd']
  : ['offline-28'];
const product = 'twice-test';
const image = `${product}/web:1`;
const port = 8089;
const quick = ['--yes', '--settle', '0.5', '--timeout', '30'];
const root = join(import.meta.dirname, '../../..');

const good = healthy('wget -q -O /dev/null http://127.0.0.1/');
const bad = healthy('exit 1');
const compose = (check: string): string => `services:
  web:
    image: ${image}
    stop_signal: SIGKILL
    deploy: {update_config: {order: start-first}}
    healthcheck: ${check}
  proxy:
    image: llm-chat/nginx:bookworm
    ports: ["${port}:80"]
    volumes: ["./default.conf:/etc/nginx/conf.d/default.conf:ro"]
    depends_on: {web: {condition: service_healthy}}
`;
const conf = 'server { listen 80; location / { proxy_pass http://web:80; } }\n';

let work: string;
let bundles: Record<string, string> = {};
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'operate-twice-'));
  bundles = await packVersions(work, { product, files: { 'default.conf': conf } }, image, compose, {
    good,
    bad,
  });
});
afterAll(() => rm(work, { recursive: true, force: true }));

describe.each(engines)('on %s', (engine) => {
  let state: string;
  const run = (...args: string[]) => bundleOn(engine, state, args);
  /** Kills the run there; its lock remains, and pages are still served. */
  const killedAt = async (point: string, args: readonly string[]): Promise<void> => {
    await ending(137, bundleOn(engine, state, [...args, ...quick], { BUNDLE_CRASH_AT: point }));
    expect(await pageOn(engine, port)).toMatch(/^page of [12]\.0$/);
  };
  // This image does not contain `cat`.
  const hostsOf = (id: string) =>
    docker(engine, 'exec', id, 'sh', '-c', 'while read -r l; do echo "$l"; done </etc/hosts');
  /**
   * Checks that `current`, the journal, the only container and the page belong to one release, and nginx is not
   * redirected.
   */
  const isWholly = async (version: string): Promise<void> => {
    expect(await pageOn(engine, port)).toBe(`page of ${version}`);
    const current = (await readlink(join(state, product, 'current'))).replace('releases/', '');
    expect(current).toMatch(new RegExp(`^${version}-`));
    const journal = JSON.parse(await readFile(join(state, product, 'journal.json'), 'utf8'));
    expect(journal).toMatchObject({ pending: null, running: { release: current } });
    expect(await idOf('web')).toMatch(/^[0-9a-f]{12}$/);
    expect(await hostsOf(await idOf('proxy'))).not.toContain('bundle');
    const { stdout } = await ending(0, run('status', '--json'));
    expect(JSON.parse(stdout).instances).toMatchObject([{ state: 'running', changes: [] }]);
  };
  const idOf = (service: string) =>
    docker(engine, 'ps', '-q', '--filter', `label=com.docker.compose.service=${service}`);
  /** Sends requests every 50 ms during some work; returns those that failed. */
  const asked = async (work: Promise<unknown>): Promise<{ requests: number; failed: number }> => {
    const poll = startOnEngine(engine, [
      ...[join(root, 'scripts/node'), join(root, 'scripts/lib/poll-page.js')],
      ...[`http://127.0.0.1:${port}/`, '5000'],
    ]);
    let text = '';
    poll.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
    const ended = exitOf(poll);
    await work;
    poll.kill('SIGTERM');
    await ended;
    return JSON.parse(text);
  };

  beforeAll(async () => {
    state = await mkdtemp(join(work, 'state-'));
    await ending(0, run('import', bundles['1.0'] ?? '', '--up', ...quick));
    for (const version of ['2.0', '3.0'])
      await ending(0, run('import', bundles[version] ?? '', '--yes'));
  });
  afterAll(async () => {
    await run('uninstall', '--yes', '--volumes');
  });

  test('a start-first service is upgraded behind nginx, and rolled back, without a failed request', async () => {
    const proxy = await idOf('proxy');
    for (const [command, version] of [
      [['up', '2.0'], '2.0'],
      [['rollback'], '1.0'],
    ] as const) {
      const { requests, failed } = await asked(ending(0, run(...command, ...quick)));
      expect(requests).toBeGreaterThan(20);
      expect(failed).toBe(0);
      expect(await pageOn(engine, port)).toBe(`page of ${version}`);
    }
    expect(await idOf('proxy')).toBe(proxy);
    expect(await hostsOf(proxy)).not.toContain('bundle');
    expect((await ending(0, run('status'))).stdout).not.toContain('changed by hand');
  });

  test('one that does not become healthy never replaces the running one', async () => {
    const before = await idOf('web');
    const { failed } = await asked(ending(87, run('up', '3.0', ...quick)));
    expect(failed).toBe(0);
    expect(await idOf('web')).toBe(before);
    expect(await pageOn(engine, port)).toBe('page of 1.0');
  });
  const beside = points.filter((point) => point.startsWith('beside:'));
  const [begin = '', ready = '', led = '', removed = '', end = ''] = beside;
  test.each(sweep ? beside : [removed])(
    'a start-first upgrade killed at %s is finished by the next run, and so is its rollback',
    async (point) => {
      for (const [command, version] of [
        [['up', '2.0'], '2.0'],
        [['rollback'], '1.0'],
      ] as const) {
        await killedAt(point, command);
        await ending(0, run(...command, ...quick));
        await isWholly(version);
      }
    },
  );

  const onlyInSweep = sweep ? test : undefined;
  const pairs = (firsts: readonly string[]) =>
    firsts.flatMap((first) => beside.map((second) => [first, second] as const));
  onlyInSweep?.each(pairs([begin, ready, led]))(
    'killed at %s, and at %s as it goes on, is finished by the next run',
    async (first, second) => {
      await killedAt(first, ['up', '2.0']);
      await killedAt(second, ['up', '2.0']);
      await ending(0, run('up', '2.0', ...quick));
      await isWholly('2.0');
      await ending(0, run('rollback', ...quick));
      await isWholly('1.0');
    },
  );

  test.each(sweep ? pairs([ready, led, removed, end]) : [[led, ready] as const])(
    'an upgrade killed at %s, and at %s during its rollback, ends where it began',
    async (first, second) => {
      await killedAt(first, ['up', '2.0']);
      await killedAt(second, ['rollback']);
      await ending(0, run('rollback', ...quick));
      await isWholly('1.0');
    },
  );

  onlyInSweep?.each(beside)(
    'one that does not become healthy and is killed at %s ends where it began',
    async (point) => {
      await killedAt(point, ['up', '3.0']);
      await ending(87, run('up', '3.0', ...quick));
      await isWholly('1.0');
    },
  );
});
