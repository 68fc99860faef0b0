import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  docker,
  type EngineName,
  engineFolder,
  exitOf,
  type Output,
  onEngine,
  printedBy,
  randomFrom,
  startOnEngine,
} from '@bundle/testkit';
import {
  bundleOn,
  ending,
  healthy,
  packBuilt,
  packRelease,
  pageImage,
  pageOn,
} from '../small-app.ts';
import { count, isMany, type Kill, kills, seed, spread } from './kills.ts';
import { type Call, canTrace, pointName, readCalls, tracing } from './syscalls.ts';

// Kills commands that change a real engine, dockerd and containerd; then checks that one release runs and is current,
// and that the next run completes the work.

const run = promisify(execFile);
const engine: EngineName = 'offline-28';
const product = 'kill-sweep';
const image = `${product}/web:latest`;
const port = 8089;
const quick = ['--yes', '--settle', '0.2', '--timeout', '30'];
const main = join(import.meta.dirname, '../../bin/bundle.cjs');

let work: string;
let state: string;
const bundles: Record<string, string> = {};
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'kill-sweep-'));
  state = join(work, 'state');
  const good = healthy('wget -q -O /dev/null http://127.0.0.1/');
  const bad = '{test: ["CMD", "false"], interval: 300ms, retries: 2}';
  for (const [version, check] of [
    ['1.0', good],
    ['2.0', good],
    ['3.0', bad],
  ] as const) {
    const page = pageImage(image, `page of ${version}`);
    const ballast = randomBytes(6_000_000).toString('base64');
    bundles[version] = await packRelease(work, {
      product,
      version,
      images: [{ ...page, files: { ...page.files, ballast } }],
      compose: `name: ${product}
services:
  web:
    image: ${image}
    restart: unless-stopped
    stop_signal: SIGKILL
    ports: ["${port}:80"]
    volumes: ["data:/data"]
    healthcheck: ${check}
volumes: {data: {}}
`,
    });
  }
});
afterAll(async () => {
  await bundle('uninstall', '--yes', '--volumes');
  await rm(work, { recursive: true, force: true });
});

const bundle = (...args: string[]): Promise<Output> => bundleOn(engine, state, args);
const random = randomFrom(seed);

/** Runs it under strace; returns its calls on the state folder. */
async function traced(
  args: readonly string[],
  inject?: string,
): Promise<{ code: number; calls: Call[] }> {
  const log = join(work, 'log');
  const flags = ['--state-dir', state, '--no-progress'];
  const words = [...tracing(log, inject), process.execPath, main, ...args, ...flags];
  const { code } = await onEngine(engine, words);
  const calls = (await readCalls(log)).filter(({ paths }) =>
    paths.some((path) => path.startsWith(state)),
  );
  return { code, calls };
}

async function isWholly(version: string): Promise<void> {
  expect(await pageOn(engine, port)).toBe(`page of ${version}`);
  const current = await readlink(join(state, product, 'current'));
  expect(current).toMatch(new RegExp(`^releases/${version}-`));
  const journal = JSON.parse(await readFile(join(state, product, 'journal.json'), 'utf8'));
  expect(journal).toMatchObject({ pending: null, running: { release: current.slice(9) } });
}
const installed = async (version: string): Promise<void> => {
  const path = bundles[version] ?? '';
  await ending(0, bundle('import', path, '--up', '--allow-older', ...quick));
  await isWholly(version);
};

async function isRolledBack(): Promise<boolean> {
  const journal = JSON.parse(await readFile(join(state, product, 'journal.json'), 'utf8'));
  return journal.pending === null && /^1\.0-/.test(journal.running.release);
}

interface Work {
  readonly row: string;
  readonly name: string;
  readonly before: () => Promise<void>;
  readonly args: () => string[];
  /** Whether a killed run had completed the work, so that the same command would begin another. */
  readonly isDone?: () => Promise<boolean>;
  /** Finishes what a kill left, and checks the end. */
  readonly finish: () => Promise<void>;
}

const works: readonly Work[] = [
  {
    row: '52',
    name: 'import into Docker',
    before: async () => {
      await installed('1.0');
      await bundle('prune', '--keep', '1', '--yes');
    },
    args: () => ['import', bundles['2.0'] ?? '', '--yes', '--allow-older'],
    finish: async () => {
      // S1: whatever was loaded, the old release is the one that runs.
      await isWholly('1.0');
      await ending(0, bundle('import', bundles['2.0'] ?? '', '--yes', '--allow-older'));
      await isWholly('1.0');
    },
  },
  {
    row: '54',
    name: 'up',
    before: async () => {
      await installed('1.0');
      await ending(0, bundle('import', bundles['2.0'] ?? '', '--yes', '--allow-older'));
    },
    args: () => ['up', '2.0', ...quick],
    finish: async () => {
      await ending(0, bundle('up', '2.0', ...quick));
      await isWholly('2.0');
    },
  },
  {
    row: '55',
    name: 'rollback',
    before: async () => {
      await installed('1.0');
      await installed('2.0');
    },
    args: () => ['rollback', ...quick],
    isDone: isRolledBack,
    finish: async () => {
      if (!(await isRolledBack())) await ending(0, bundle('rollback', ...quick));
      await isWholly('1.0');
    },
  },
  {
    row: '54',
    name: 'prune',
    before: async () => {
      await installed('1.0');
      await installed('2.0');
    },
    args: () => ['prune', '--keep', '1', '--yes'],
    finish: async () => {
      await isWholly('2.0');
      await ending(0, bundle('prune', '--keep', '1', '--yes'));
      await isWholly('2.0');
      expect(await docker(engine, 'images', '-q', image)).not.toBe('');
    },
  },
  {
    row: '54',
    name: 'uninstall',
    before: () => installed('1.0'),
    args: () => ['uninstall', '--yes', '--volumes'],
    finish: async () => {
      const { code, stderr } = await bundle('uninstall', '--yes', '--volumes');
      // There is nothing left to uninstall if it was killed at its very end.
      if (code !== 0 && code !== 88) throw new Error(stderr);
      const filter = ['--filter', `label=com.docker.compose.project=${product}`];
      expect(await docker(engine, 'ps', '-aq', ...filter)).toBe('');
      expect(await docker(engine, 'volume', 'ls', '-q', ...filter)).toBe('');
    },
  },
];

const onTracer = canTrace ? describe : describe.skip;

onTracer.each(works)('row $row: $name', ({ name, before, args, isDone, finish }) => {
  let calls: Call[];
  let milliseconds: number;
  beforeAll(async () => {
    await before();
    const started = performance.now();
    const result = await traced(args());
    milliseconds = performance.now() - started;
    expect(result.code).toBe(0);
    calls = result.calls;
    await finish();
  }, 60_000);

  const finished = async (point: string, recovering: boolean, bad: string[]): Promise<void> => {
    const kill: Omit<Kill, 'outcome'> = { victim: 'command', work: name, point, recovering };
    await finish().then(
      () => count({ ...kill, outcome: 'completed by the next run' }),
      ({ message }) => {
        bad.push(`${point}: ${message}`);
        return count({ ...kill, outcome: 'BAD' });
      },
    );
  };

  test('killed before a change of a name or a sync, and again while it recovers, it is completed', async () => {
    const bad: string[] = [];
    for (const call of spread(calls, Math.ceil(kills / 3))) {
      await before();
      const point = pointName(call, state);
      await traced(args(), `${call.name}:signal=KILL:when=${call.nth}`);
      const isTwice = random() < 0.5 && (await isDone?.()) !== true;
      if (isTwice) {
        const second = calls[Math.floor(random() * calls.length)];
        if (second !== undefined)
          await traced(args(), `${second.name}:signal=KILL:when=${second.nth}`);
      }
      await finished(point, isTwice, bad);
    }
    expect(bad).toEqual([]);
  }, 1_800_000);

  // Otherwise operate-kills does this.
  const withMany = isMany ? test : undefined;
  withMany?.(
    `killed at any time, it is completed (seed ${seed})`,
    async () => {
      const bad: string[] = [];
      for (let round = 0; round < Math.ceil(kills / 3); round += 1) {
        await before();
        const words = [process.execPath, main, ...args(), '--state-dir', state, '--no-progress'];
        const child = startOnEngine(engine, words);
        const ended = exitOf(child);
        await sleep(milliseconds * (0.1 + 0.8 * random()));
        child.kill('SIGKILL');
        if ((await ended) === 0) continue;
        await finished('at random', false, bad);
      }
      expect(bad).toEqual([]);
    },
    1_800_000,
  );
});

test('row 56: a release that does not become healthy leaves the previous one running, with its logs and its own code', async () => {
  await installed('1.0');
  const path = bundles['3.0'] ?? '';
  const { stderr } = await ending(87, bundle('import', path, '--up', '--allow-older', ...quick));
  expect(stderr).toContain('serving');
  await isWholly('1.0');
});

test('row 54: a rebuild that is killed leaves the old or the new image under its name', async () => {
  const folder = join(work, 'rebuild');
  const app = 'kill-rebuild';
  await run('mkdir', ['-p', folder]);
  const path = await packBuilt(folder, app, ['RUN echo step > /step'], []);
  const own = join(work, 'rebuild-state');
  const on = (...args: string[]) => bundleOn(engine, own, args);
  await ending(0, on('import', path, '--yes'));
  const source = join(folder, 'source');
  await cp(join(folder, 'project'), source, { recursive: true });
  const page = () => printedBy(engine, `${app}/web:1`, 'cat', '/www/index.html');
  let old = await page();
  const bad: string[] = [];
  for (let round = 0; round < Math.ceil(kills / 3); round += 1) {
    const text = `round ${round}`;
    await writeFile(join(source, 'www/index.html'), `${text}\n`);
    const words = ['rebuild', '--source', source, '--state-dir', own, '--no-progress'];
    const child = startOnEngine(engine, [process.execPath, main, ...words]);
    const ended = exitOf(child);
    await sleep(200 + 2500 * random());
    child.kill('SIGKILL');
    const isKilled = (await ended) !== 0;
    const found = await page();
    if (found !== old && found !== text) bad.push(`round ${round}: ${found}`);
    await ending(0, on('rebuild', '--source', source));
    old = await page();
    if (old !== text) bad.push(`round ${round}, again: ${old}`);
    if (isKilled)
      await count({
        victim: 'command',
        work: 'rebuild',
        point: 'at random',
        recovering: false,
        outcome: 'completed by the next run',
      });
  }
  await on('uninstall', '--yes');
  expect(bad).toEqual([]);
}, 1_800_000);

describe('row 53: the engine is killed', () => {
  const scripts = join(import.meta.dirname, '../../../../scripts/engines');
  /** Kills one process of this engine, by its folder; Docker starts its containerd again by itself. */
  const kill = async (victim: 'dockerd' | 'containerd'): Promise<void> => {
    const folder = await engineFolder(engine);
    const file = victim === 'dockerd' ? 'docker.pid' : 'run/containerd/containerd.pid';
    process.kill(Number(await readFile(join(folder, file), 'utf8')), 'SIGKILL');
  };
  const isBack = async (): Promise<void> => {
    await run(scripts, ['up', engine]);
    // Docker answers before its containerd is there again, which takes up to 10 s.
    const container = [...['run', '--rm', '--network', 'none'], image, 'true'];
    for (let wait = 0; wait < 60; wait += 1) {
      if ((await onEngine(engine, ['docker', ...container])).code === 0) return;
      await sleep(500);
    }
  };

  const rounds = Math.ceil(kills / 6);
  test.each(
    (['dockerd', 'containerd'] as const).flatMap((victim) =>
      (['import', 'up'] as const)
        .filter((what) => isMany || (victim === 'dockerd') === (what === 'import'))
        .map((what) => [victim, what] as const),
    ),
  )(
    '%s in the middle of %s: one release runs, and the same again completes',
    async (victim, what) => {
      const bad: string[] = [];
      for (let round = 0; round < rounds; round += 1) {
        await installed('1.0');
        await bundle('prune', '--keep', '1', '--yes');
        if (what === 'up')
          await ending(0, bundle('import', bundles['2.0'] ?? '', '--yes', '--allow-older'));
        const args =
          what === 'up'
            ? ['up', '2.0', ...quick]
            : ['import', bundles['2.0'] ?? '', '--yes', '--allow-older'];
        const killed = bundle(...args);
        await sleep(300 + random() * (what === 'up' ? 2500 : 1200));
        await kill(victim);
        // It says why, or waits for the engine to be back.
        const back = sleep(500).then(isBack);
        const { code, stderr } = await killed;
        await back;
        if (![0, 30, 32, 61, 63, 87, 90].includes(code)) bad.push(`${code}: ${stderr}`);
        const isTwice = isMany && round % 2 === 1;
        if (isTwice) {
          const recovering = bundle(...args);
          await sleep(200 + random() * 1000);
          await kill(victim);
          await sleep(500).then(isBack);
          await recovering;
        }
        const again = await bundle(...args);
        if (again.code !== 0) bad.push(`${code}, then ${again.code}: ${again.stderr}`);
        const version = what === 'up' ? '2.0' : '1.0';
        await isWholly(version).then(
          () =>
            count({
              victim,
              work: what,
              point: 'at random',
              recovering: isTwice,
              outcome: code === 0 ? 'completed all the same' : 'completed by the next run',
            }),
          ({ message }) => bad.push(`after ${code}: ${message}`),
        );
      }
      expect(bad).toEqual([]);
    },
    1_800_000,
  );
});
