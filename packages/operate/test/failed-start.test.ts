import { rm } from 'node:fs/promises';
import { BundleError } from '@bundle/format';
import { findRelease, instanceOf, readInstance } from '@bundle/host';
import { statusOf } from '../src/status.ts';
import { startServices } from '../src/up/restart-services.ts';
import type { BringUpOptions } from '../src/up/types.ts';
import { MemoryHost, product, wholly } from './memory-host.ts';

let host: MemoryHost;
let imported: Awaited<ReturnType<MemoryHost['keep']>>;

beforeAll(async () => {
  host = await MemoryHost.make();
  for (const version of ['1.0', '2.0', '3.0']) await host.stage(version);
  imported = await host.keep();
});
beforeEach(async () => {
  host.isBroken = false;
  host.healthAfterMs = 0;
  host.onEvent = async () => undefined;
  await host.putBack(imported);
});
afterAll(() => rm(host.work, { recursive: true, force: true }));

const nameOf = (version: string): string => host.names.get(version) ?? '';
const status = async () => {
  const options = { onProgress: () => undefined, signal: new AbortController().signal };
  const { instances } = await statusOf(host.tools, host.stateDir, product, options);
  const { waiting, failed } = instances[0] ?? { waiting: [], failed: [] };
  return { waiting: [...waiting].sort(), failed: failed.map(({ release }) => release) };
};
const resultOf = async (...args: Parameters<MemoryHost['run']>) => {
  const { ending } = await host.run(...args);
  if (ending.kind !== 'done') throw new Error(ending.kind);
  return ending.report;
};

test('a release that did not become healthy is listed as failed, also after failing twice', async () => {
  await resultOf({ release: '1.0' });
  for (const _ of [1, 2]) {
    expect(await resultOf({ release: '3.0' })).toMatchObject({ outcome: 'rolled back' });
    expect(await status()).toEqual({ waiting: [nameOf('2.0')], failed: [nameOf('3.0')] });
  }
  const [failed] =
    (
      await statusOf(host.tools, host.stateDir, product, {
        onProgress: () => undefined,
        signal: new AbortController().signal,
      })
    ).instances[0]?.failed ?? [];
  expect(failed?.why).toContain('unhealthy');
});

test('the very first release is listed as failed too, with nothing to roll back to', async () => {
  expect(await resultOf({ release: '3.0' })).toMatchObject({ running: undefined });
  expect(await status()).toEqual({
    waiting: [nameOf('1.0'), nameOf('2.0')],
    failed: [nameOf('3.0')],
  });
});

test('a release that is healthy the next time is not listed as failed', async () => {
  await resultOf({ release: '1.0' });
  await resultOf({ release: '2.0', given: { LEVEL: 'bad' } });
  expect((await status()).failed).toEqual([nameOf('2.0')]);
  expect(await resultOf({ release: '2.0', given: { LEVEL: 'low' } })).toMatchObject({
    outcome: 'started',
  });
  expect((await status()).failed).toEqual([]);
});

test('a running release that failed with other settings is not listed as failed', async () => {
  await resultOf({ release: '1.0' });
  expect(await resultOf({ given: { LEVEL: 'bad' } })).toMatchObject({ outcome: 'rolled back' });
  expect((await status()).failed).toEqual([]);
});

test('a release whose start was stopped by hand, or undone after a kill, is not listed as failed', async () => {
  await resultOf({ release: '1.0' });
  const stop = new AbortController();
  host.onEvent = async (what) => {
    if (what === 'start:begin') stop.abort();
  };
  await resultOf({ release: '2.0', signal: stop.signal });
  host.onEvent = async () => undefined;
  const { events } = await host.run({ release: '2.0' }, 9);
  expect(events).not.toContain('switch:begin');
  await resultOf({ action: 'rollback' });
  expect(await host.seen()).toEqual(wholly('1.0'));
  expect((await status()).failed).toEqual([]);
});

test('a rollback has its own timeout even if the new release was given little time', async () => {
  await resultOf({ release: '1.0' });
  host.healthAfterMs = 700;
  const { outcome, running, error } = await resultOf({ release: '2.0', timeoutMs: 300 });
  expect({ outcome, running, code: error?.code }).toEqual({
    outcome: 'rolled back',
    running: nameOf('1.0'),
    code: 'release-unhealthy',
  });
  expect(await host.seen()).toEqual(wholly('1.0'));
});

test('if the previous release is not healthy either, both reasons are reported, each in its place', async () => {
  await resultOf({ release: '1.0' });
  host.isBroken = true;
  const { error } = await resultOf({ release: '2.0' });
  expect(error).toMatchObject({ code: 'return-failed' });
  expect(error?.details.subject).toBe(`${product} ${nameOf('2.0')}`);
  expect(error?.details.found).toMatch(
    /^web: is unhealthy\nIt was rolled back because of: .*web: is unhealthy/,
  );
  expect(error?.message).not.toContain('\n');
});

test('files that an import compared for its plan are not read again by the start', async () => {
  await resultOf({ release: '1.0' });
  const phases: string[] = [];
  const onProgress: BringUpOptions['onProgress'] = ({ phase }) => void phases.push(phase);
  const compared = { release: nameOf('1.0'), changedFiles: ['site.conf'] };
  const { plan } = await resultOf({ release: '2.0', compared, onProgress });
  expect(plan?.changedFiles).toEqual(['site.conf']);
  expect(phases).not.toContain('comparing files');
  // Another release may run by now.
  await resultOf({ release: '1.0', compared, onProgress });
  expect(phases).toContain('comparing files');
});

/** Makes the engine go away once while it waits for health, and end what `web` runs. */
function goesAwayOnce(): BringUpOptions['onProgress'] {
  const { runtime } = host.tools;
  const { containers } = runtime;
  const goAway = async (): Promise<never> => {
    Object.assign(runtime, { containers });
    const all = host.world.data.containers;
    for (const [id, one] of Object.entries(all)) {
      const ended = { state: 'exited', exitCode: 137, restartPolicy: 'no' } as const;
      if (one.service === 'web') Object.assign(all, { [id]: { ...one, ...ended } });
    }
    throw new BundleError('engine-unreachable', { operation: 'asking the engine' });
  };
  let wentAway = false;
  return ({ phase }) => {
    if (phase !== 'waiting for health' || wentAway) return;
    wentAway = true;
    Object.assign(runtime, { containers: goAway });
  };
}
const startedOnceMore = 'The engine was gone meanwhile; starting once more what ended with it';

test('what ends with an engine that goes away during a start is started once more', async () => {
  await resultOf({ release: '1.0' });
  host.healthAfterMs = 300;
  const lines: string[] = [];
  const onLine = (line: string): void => void lines.push(line);
  const { outcome } = await resultOf({ release: '2.0', onLine, onProgress: goesAwayOnce() });
  expect(outcome).toBe('started');
  expect(lines).toContain(startedOnceMore);
  expect(await host.seen()).toEqual(wholly('2.0'));
});

test('what ends with an engine that goes away while a rebuild is started is started once more', async () => {
  await resultOf({ release: '1.0' });
  host.healthAfterMs = 300;
  const release = findRelease(await readInstance(instanceOf(host.stateDir, product)), '1.0');
  // As after a rebuild: the name is that of another image than the last one loaded, and its container has to be made.
  const [web] = release.manifest.images;
  await host.tools.engine.tagImage(web?.imageId ?? '', web?.reference ?? '');
  const { containers } = host.world.data;
  const others = Object.entries(containers).filter(([, { service }]) => service !== 'web');
  host.world.data = { ...host.world.data, containers: Object.fromEntries(others) };
  const lines: string[] = [];
  await startServices(host.tools, release, ['web'], {
    timeoutMs: 10_000,
    hint: '',
    onLine: (line) => void lines.push(line),
    onProgress: goesAwayOnce(),
    signal: new AbortController().signal,
  });
  expect(lines).toEqual([startedOnceMore]);
  expect(await host.seen()).toMatchObject({
    containers: ['side', 'web'],
    states: ['running healthy'],
  });
});
