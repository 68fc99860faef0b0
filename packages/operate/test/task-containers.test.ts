import type { SwarmService, SwarmTask } from '@bundle/engine/stacks';
import { judge } from '../src/index.ts';
import { taskContainers } from '../src/swarm/task-containers.ts';

const labels = { 'bundle.hash': 'new' };

function service(more: Partial<SwarmService> = {}): SwarmService {
  return {
    id: 's1',
    name: 'shop_web',
    labels: { 'bundle.folder': '/s/shop/releases/1' },
    taskLabels: labels,
    image: 'web@sha256:1',
    replicas: 1,
    hasHealthCheck: true,
    restart: 'any',
    updated: '2026-01-01T00:00:10.0Z',
    published: [],
    ...more,
  };
}

function task(state: string, more: Partial<SwarmTask> = {}): SwarmTask {
  return {
    id: 't1',
    serviceId: 's1',
    slot: 1,
    nodeId: 'n1',
    state,
    desired: 'running',
    created: '2026-01-01T00:00:20.0Z',
    changed: '2026-01-01T00:00:21.0Z',
    image: 'web@sha256:1',
    labels,
    error: '',
    exitCode: undefined,
    containerId: '',
    ...more,
  };
}

function verdicts(services: SwarmService[], tasks: SwarmTask[]) {
  const nodes = [{ id: 'n1', name: 'one', state: 'ready', availability: 'active' }];
  const imageIds = new Map([['web@sha256:1', 'sha256:id']]);
  const containers = taskContainers({ stack: 'shop', services, tasks, nodes, imageIds });
  return judge(['web'], containers).map(({ state, why }) => ({ state, why }));
}

test('a running task is healthy', () => {
  expect(verdicts([service()], [task('running')])).toEqual([{ state: 'ready', why: 'healthy' }]);
});

test('a task of the previous release waits for its update, before Swarm says that it updates', () => {
  const old = task('running', { labels: { 'bundle.hash': 'old' } });
  expect(verdicts([service()], [old])).toEqual([{ state: 'waiting', why: 'waits for its update' }]);
});

test('a service is not ready while Swarm updates it, and says what its new task waits for', () => {
  const updating = service({ update: { state: 'updating', message: '' } });
  expect(verdicts([updating], [task('running')])).toEqual([
    { state: 'waiting', why: 'waits for its update' },
  ]);
  const pending = task('pending', { nodeId: '', desired: 'ready', error: 'no suitable node' });
  expect(verdicts([updating], [pending])).toEqual([
    { state: 'waiting', why: 'pending: no suitable node' },
  ]);
});

test.each(['paused', 'rollback_completed'])(
  'an update that is %s has failed, for a reason said once',
  (state) => {
    const failed = service({ replicas: 2, update: { state, message: 'update paused' } });
    const ended = task('failed', { id: 't0', desired: 'shutdown', error: 'unhealthy container' });
    const tasks = [task('running'), task('running', { id: 't2', slot: 2 }), ended];
    const found = verdicts([failed], tasks).filter((one) => one.state === 'failed');
    expect(found).toEqual([
      { state: 'failed', why: expect.stringContaining('unhealthy container') },
    ]);
  },
);

test('a task that no node can run says why it waits', () => {
  const pending = task('pending', { nodeId: '', error: 'no suitable node' });
  expect(verdicts([service()], [pending])).toEqual([
    { state: 'waiting', why: 'pending: no suitable node' },
  ]);
});

test('an image that a node lacks fails at the second refusal, and the node is named', () => {
  const refused = (id: string) =>
    task('rejected', { id, desired: 'shutdown', error: 'No such image: web' });
  const now = task('preparing', { id: 't9', created: '2026-01-01T00:00:30.0Z' });
  expect(verdicts([service()], [refused('a'), now])).toMatchObject([{ state: 'waiting' }]);
  expect(verdicts([service()], [refused('a'), refused('b'), now])).toEqual([
    {
      state: 'failed',
      why: 'No such image: web (one); import the bundle on that node, or deploy with --registry',
    },
  ]);
});

test('failures from before the deployment do not count', () => {
  const old = ['a', 'b', 'c'].map((id) =>
    task('failed', { id, desired: 'shutdown', created: '2025-12-31T00:00:00.0Z' }),
  );
  expect(verdicts([service()], [...old, task('running')])).toMatchObject([{ state: 'ready' }]);
});

test('tasks that Swarm has not made yet are waited for', () => {
  expect(verdicts([service({ replicas: 3 })], [task('running')])).toEqual([
    { state: 'waiting', why: '1 of 3 tasks' },
    { state: 'ready', why: 'healthy' },
  ]);
});

test('a job that has to end three times is waited for until it did', () => {
  const job = service({ replicas: 3, restart: 'on-failure', hasHealthCheck: false });
  const done = (slot: number) =>
    task('complete', { id: `t${slot}`, slot, desired: 'complete', exitCode: 0 });
  const running = task('running', { id: 't3', slot: 3, desired: 'complete' });
  expect(verdicts([job], [done(1), done(2), running])).toEqual([
    { state: 'waiting', why: '2 of 3 tasks' },
    { state: 'ready', why: 'done' },
    { state: 'ready', why: 'done' },
  ]);
  expect(verdicts([job], [done(1), done(2), done(3)])).toEqual(
    [1, 2, 3].map(() => ({ state: 'ready', why: 'done' })),
  );
});

test('a job that has ended well is done', () => {
  const job = service({ restart: 'on-failure', hasHealthCheck: false });
  const done = task('complete', { desired: 'shutdown', exitCode: 0 });
  expect(verdicts([job], [done])).toEqual([{ state: 'ready', why: 'done' }]);
});
