import { rm } from 'node:fs/promises';
import { findRelease, instanceOf, readInstance } from '@bundle/host';
import { startServices } from '../src/up/restart-services.ts';
import { MemoryHost, product } from './memory-host.ts';

// What `bundle rebuild --up` starts.

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

async function restart(): Promise<void> {
  const release = findRelease(await readInstance(instanceOf(host.stateDir, product)), '1.0');
  await startServices(host.tools, release, ['web'], {
    timeoutMs: 10_000,
    hint: '',
    onLine: () => undefined,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  });
}

test('containers of another project of that name are not replaced', async () => {
  const all = Object.entries(host.world.data.containers);
  const foreign = all.map(([id, one]) => [id, { ...one, workingDir: '/srv/other' }] as const);
  host.world.data = { ...host.world.data, containers: Object.fromEntries(foreign) };
  const before = host.world.data;
  await expect(restart()).rejects.toMatchObject({
    code: 'project-foreign',
    details: { found: expect.stringContaining('/srv/other') },
  });
  expect(host.world.data).toEqual(before);
});

test('an interrupted upgrade has to be finished or undone first', async () => {
  const { events } = await host.run({ release: '2.0' });
  await host.putBack(started);
  await host.run({ release: '2.0' }, events.indexOf('start:end'));
  const before = host.world.data;
  await expect(restart()).rejects.toMatchObject({
    code: 'start-failed',
    details: {
      found: `${host.names.get('2.0')}, start`,
      hint: expect.stringContaining('rollback'),
    },
  });
  expect(host.world.data).toEqual(before);
});
