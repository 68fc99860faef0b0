import { rm } from 'node:fs/promises';
import { MemoryHost, wholly } from './memory-host.ts';

let host: MemoryHost;
let started: Awaited<ReturnType<MemoryHost['keep']>>;

beforeAll(async () => {
  host = await MemoryHost.make();
  for (const version of ['1.0', '2.0']) await host.stage(version);
  await host.run({ release: '1.0' });
  started = await host.keep();
});
beforeEach(() => host.putBack(started));
afterAll(() => rm(host.work, { recursive: true, force: true }));

type Options = NonNullable<Parameters<MemoryHost['run']>[0]>;

/** Kills a run there. */
async function killedAt(point: string, options: Options): Promise<void> {
  const { events } = await host.run(options);
  await host.putBack(started);
  const { ending } = await host.run(options, events.indexOf(point));
  expect(ending).toEqual({ kind: 'killed', at: point });
}
async function next(options: Options) {
  const lines: string[] = [];
  const { ending } = await host.run({ ...options, onLine: (line) => lines.push(line) });
  const isContinued = lines.some((line) => line.startsWith('Continuing'));
  return { report: ending.kind === 'done' ? ending.report : ending, isContinued };
}
const two = { release: '2.0' };
const high = { given: { LEVEL: 'high' } };

test.each(['back-up:begin', 'start:begin', 'switch:begin'])(
  'other settings for an upgrade that was killed at %s are not dropped',
  async (point) => {
    const backup = point === 'back-up:begin' ? { backupVolumes: true } : {};
    await killedAt(point, { ...two, ...backup });
    expect((await next({ ...two, ...backup, ...high })).report).toMatchObject({
      outcome: 'started',
    });
    expect(await host.seen()).toEqual(wholly('2.0', { level: 'high' }));
  },
);

test('nor are they when the request does not name the release again', async () => {
  await killedAt('start:begin', two);
  await next(high);
  expect(await host.seen()).toEqual(wholly('2.0', { level: 'high' }));
});

test('nor is a copy of the volumes', async () => {
  await killedAt('start:begin', two);
  const { report } = await next({ ...two, backupVolumes: true });
  expect(report).toMatchObject({ outcome: 'started', backup: expect.anything() });
  expect(await host.seen()).toEqual(wholly('2.0'));
});

test('nor is a request for the images of the release itself', async () => {
  await killedAt('start:begin', two);
  expect(await next({ ...two, reset: true })).toMatchObject({
    report: { outcome: 'started' },
    isContinued: false,
  });
  expect(await host.seen()).toEqual(wholly('2.0'));
});

test('the same settings go on where the run was killed', async () => {
  await killedAt('start:begin', { ...two, ...high });
  expect(await next({ ...two, ...high })).toMatchObject({
    report: { outcome: 'started' },
    isContinued: true,
  });
  expect(await host.seen()).toEqual(wholly('2.0', { level: 'high' }));
});
