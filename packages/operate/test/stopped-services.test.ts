import { rm } from 'node:fs/promises';
import { BundleError } from '@bundle/format';
import { statusOf } from '../src/status.ts';
import type { BringUpOptions } from '../src/up/types.ts';
import { MemoryHost, product, wholly } from './memory-host.ts';

// Many servers end with exit code 0 when they are stopped, as they are by a reboot or a restart of the engine.

// Besides these, each release has the services of its manifest.
const image = 'image: shop/web:1';
const workers = `services: {worker: {${image}}}\n`;
const awaited = `services:
  job: {${image}}
  worker: {${image}, depends_on: {job: {condition: service_completed_successfully}}}
`;
const jobs = `services: {worker: {${image}}, job: {${image}}}\n`;
const server = `services: {worker: {${image}, ports: ["80:80"]}}\n`;

let host: MemoryHost;
let imported: Awaited<ReturnType<MemoryHost['keep']>>;

beforeAll(async () => {
  host = await MemoryHost.make();
  await host.stage('1.0');
  for (const [version, compose] of Object.entries({ 4: workers, 5: awaited, 6: jobs, 7: server }))
    await host.stage(`${version}.0`, { 'docker-compose.yml': compose });
  imported = await host.keep();
});
beforeEach(() => host.putBack(imported));
afterAll(() => rm(host.work, { recursive: true, force: true }));

/** Stops containers, as an engine does that ends; they end well. */
function stop(...services: readonly string[]): void {
  const all = Object.entries(host.world.data.containers).map(([id, one]) => {
    const ended = { ...one, state: 'exited', exitCode: 0 } as const;
    return [id, services.includes(one.service) ? ended : one] as const;
  });
  host.world.data = { ...host.world.data, containers: Object.fromEntries(all) };
}
const statusNow = async () => {
  const options = { onProgress: () => undefined, signal: new AbortController().signal };
  return (await statusOf(host.tools, host.stateDir, product, options)).instances[0]?.state;
};
const up = async (version: string, options: Partial<BringUpOptions> = {}) => {
  const { ending, events } = await host.run({ release: version, ...options });
  if (ending.kind !== 'done') throw new Error(ending.kind);
  const started = events.filter((event) => /^start .*-(worker|job)-/.test(event));
  return { outcome: ending.report.outcome, started };
};

test('servers that a reboot stopped are not called running, and the next `bundle up` starts them', async () => {
  await up('1.0');
  stop('web', 'side');
  expect(await statusNow()).toBe('degraded');
  expect(await up('1.0')).toMatchObject({ outcome: 'started' });
  expect(await host.seen()).toEqual(wholly('1.0'));
  expect(await statusNow()).toBe('running');
});

test('one that publishes a port is not called running either, without a health check', async () => {
  await up('7.0');
  stop('worker');
  expect(await statusNow()).toBe('degraded');
  expect(await up('7.0')).toMatchObject({ outcome: 'started' });
});

test('a worker that could be a job is started again too', async () => {
  await up('4.0');
  stop('worker');
  expect(await up('4.0')).toEqual({ outcome: 'started', started: ['start shop-worker-1'] });
  expect(await up('4.0')).toEqual({ outcome: 'already running', started: [] });
});

test('a job that a running service waited for is not run again', async () => {
  await up('5.0');
  expect(await up('5.0')).toEqual({ outcome: 'already running', started: [] });
});

test('a job that nothing waits for is run again, as by `docker compose up`', async () => {
  await up('6.0');
  expect(await up('6.0')).toEqual({ outcome: 'started', started: ['start shop-job-1'] });
});

test('what an engine ends well when it restarts during a start is started once more', async () => {
  const { runtime } = host.tools;
  const { containers } = runtime;
  const goAway = async (): Promise<never> => {
    Object.assign(runtime, { containers });
    stop('worker');
    throw new BundleError('engine-unreachable', { operation: 'asking the engine' });
  };
  let wentAway = false;
  const onProgress: BringUpOptions['onProgress'] = ({ phase }) => {
    if (phase !== 'checking that it stays up' || wentAway) return;
    wentAway = true;
    Object.assign(runtime, { containers: goAway });
  };
  const { started } = await up('4.0', { settleMs: 300, onProgress });
  expect(started).toEqual(Array(2).fill('start shop-worker-1'));
  expect((await host.seen()).states).toEqual(['running ', 'running healthy']);
});
