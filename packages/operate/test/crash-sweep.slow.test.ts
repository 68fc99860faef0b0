import { rm } from 'node:fs/promises';
import { points } from '../src/up/step-context.ts';
import type { BringUpOptions } from '../src/up/types.ts';
import { MemoryHost, wholly } from './memory-host.ts';

// Kills a run anywhere, and then the next run while it recovers, on an engine in memory: before each change of the
// engine and at each point that the run reports. operate-kills and operate-faults do some of this with real engines and
// real kills.

type Options = Partial<BringUpOptions>;

interface Work {
  readonly what: string;
  /** Work that is completed first. */
  readonly before: readonly Options[];
  readonly options: Options;
  readonly ends: ReturnType<typeof wholly>;
  /** Whether it fails and brings back what ran before. */
  readonly fails?: boolean;
  /** Expected content of the volume at the end, if it is determined. */
  readonly log?: string;
}

const one: Options = { release: '1.0' };
const two: Options = { release: '2.0' };

const works: readonly Work[] = [
  { what: 'a first start', before: [], options: one, ends: wholly('1.0'), log: '1.0\n' },
  { what: 'an upgrade', before: [one], options: two, ends: wholly('2.0') },
  {
    what: 'an upgrade with a copy of the volumes',
    before: [one],
    options: { ...two, backupVolumes: true },
    ends: wholly('2.0'),
  },
  {
    what: 'the same release with other settings',
    before: [one],
    options: { ...one, given: { LEVEL: 'high' } },
    ends: wholly('1.0', { level: 'high' }),
    log: '1.0\n',
  },
  {
    what: 'a rollback',
    before: [one, two],
    options: { action: 'rollback' },
    ends: wholly('1.0'),
  },
  {
    what: 'a rollback with its volumes',
    before: [one, { ...two, backupVolumes: true }],
    options: { action: 'rollback', restoreVolumes: true },
    ends: wholly('1.0'),
    log: '1.0\n',
  },
  {
    what: 'an upgrade to a release that is never healthy',
    before: [one],
    options: { release: '3.0', backupVolumes: true },
    ends: wholly('1.0'),
    fails: true,
    log: '1.0\n',
  },
  {
    what: 'the same release with settings that it is not healthy with',
    before: [one],
    options: { ...one, given: { LEVEL: 'bad' } },
    ends: wholly('1.0'),
    fails: true,
    log: '1.0\n',
  },
];

// BUNDLE_TEST_SWEEP=1 also tries the second kill before each change of the engine, not only at the points.
const sweep = process.env['BUNDLE_TEST_SWEEP'] === '1';
const isSwept = (event: string): boolean => sweep || points.includes(event);

let host: MemoryHost;
beforeAll(async () => {
  host = await MemoryHost.make();
  for (const version of ['1.0', '2.0', '3.0']) await host.stage(version);
});
afterAll(() => rm(host.work, { recursive: true, force: true }));

describe.each(works)('$what', ({ before, options, ends, fails = false, log }) => {
  let start: Awaited<ReturnType<MemoryHost['keep']>>;
  let fresh: Awaited<ReturnType<MemoryHost['keep']>>;
  const wanted = log === undefined ? ends : { ...ends, log };
  beforeAll(async () => {
    fresh = await host.keep();
    for (const one of before) {
      const { ending } = await host.run(one);
      expect(ending).toMatchObject({ kind: 'done', report: { outcome: 'started' } });
    }
    start = await host.keep();
  });
  afterAll(() => host.putBack(fresh));

  /** Tells whether a rollback is complete. After a kill it is then not repeated, because it would roll back further. */
  const isDone = async (): Promise<boolean> => {
    const { pending, journal } = await host.seen();
    return options.action === 'rollback' && pending === null && journal === wanted.journal;
  };
  const isFinished = async (kills: string): Promise<void> => {
    const ending = (await isDone()) ? undefined : (await host.run(options)).ending;
    const seen = await host.seen();
    expect({ kills, ended: ending?.kind ?? 'done', ...seen }).toEqual({
      kills,
      ended: 'done',
      ...wanted,
    });
  };

  test('ends as expected if nothing kills it', async () => {
    await host.putBack(start);
    const { ending } = await host.run(options);
    const outcome = fails ? 'rolled back' : 'started';
    expect(ending).toMatchObject({ kind: 'done', report: { outcome } });
    expect(await host.seen()).toEqual(wanted);
  });

  test('is finished by the next run if killed before any change of the engine or at any point', async () => {
    await host.putBack(start);
    const { events } = await host.run(options);
    expect(events.length).toBeGreaterThan(10);
    for (const [index, event] of events.entries()) {
      await host.putBack(start);
      await host.run(options, index);
      await isFinished(event);
    }
  });

  test('is finished by the third run if killed at any point, and again at any point of the second run', async () => {
    await host.putBack(start);
    const { events } = await host.run(options);
    for (const [first, event] of events.entries()) {
      if (!isSwept(event)) continue;
      await host.putBack(start);
      await host.run(options, first);
      if (await isDone()) continue;
      const killed = await host.keep();
      const { events: then } = await host.run(options);
      for (const [second, next] of then.entries()) {
        if (!isSwept(next)) continue;
        await host.putBack(killed);
        await host.run(options, second);
        await isFinished(`${event}, then ${next}`);
      }
    }
  });
});
