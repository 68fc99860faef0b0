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
    mode: 'replicated',
    replicas: 1,
    hasHealthCheck: true,
    restart: 'any',
    maxAttempts: 0,
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
    jobIteration: 0,
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
  const one = {
    id: 'n1',
    name: 'one',
    isManager: true,
    version: '28.5.2',
    refusesIpv6Names: false,
  };
  const nodes = [{ ...one, state: 'ready', availability: 'active' }];
  const imageIds = new Map([['web@sha256:1', 'sha256:id']]);
  const containers = taskContainers({ stack: 'shop', services, tasks, nodes, imageIds });
  return judge(new Map([['web', { mayEnd: true }]]), containers).map(({ state, why }) => ({
    state,
    why,
  }));
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

test('a task counts as made of all that its service says, and an earlier one of what it was made of', () => {
  const own = service({ labels: { 'bundle.definition': 'whole' } });
  const hashOf = (one: SwarmTask) =>
    taskContainers({
      ...{ stack: 'shop', services: [own], tasks: [one], nodes: [], imageIds: new Map() },
    }).map(({ configHash }) => configHash);
  expect(hashOf(task('running'))).toEqual(['whole']);
  expect(hashOf(task('running', { labels: { 'bundle.hash': 'old' } }))).toEqual(['old']);
});

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

const job = (more: Partial<SwarmService> = {}) =>
  service({ restart: 'on-failure', hasHealthCheck: false, jobIteration: 1, ...more });
const ofJob = (state: string, more: Partial<SwarmTask> = {}) =>
  task(state, {
    id: `t${more.slot ?? more.nodeId}`,
    desired: 'complete',
    jobIteration: 1,
    ...more,
  });
const failedOnce = (more: Partial<SwarmTask> = {}) =>
  ofJob('failed', { id: 'f1', desired: 'shutdown', exitCode: 1, error: 'non-zero exit', ...more });
const done = { state: 'ready', why: 'done' };

test('a job that has to end three times is waited for until it did', () => {
  const three = job({ replicas: 3 });
  const ended = [1, 2].map((slot) => ofJob('complete', { slot, exitCode: 0 }));
  const running = { state: 'waiting', why: 'running on one' };
  expect(verdicts([three], [...ended, ofJob('running', { slot: 3 })])).toEqual([
    done,
    done,
    running,
  ]);
  expect(verdicts([three], ended)).toEqual([{ state: 'waiting', why: '2 of 3 tasks' }, done, done]);
  const last = ofJob('complete', { slot: 3, exitCode: 0 });
  expect(verdicts([three], [...ended, last])).toEqual([done, done, done]);
});

test('a job on each node is waited for until all of them did it', () => {
  const everywhere = job({ replicas: undefined });
  const on = (nodeId: string, state: string) => ofJob(state, { slot: undefined, nodeId });
  expect(verdicts([everywhere], [on('n1', 'complete'), on('n2', 'running')])).toEqual([
    { state: 'waiting', why: 'running' },
    done,
  ]);
  expect(verdicts([everywhere], [on('n1', 'complete'), on('n2', 'complete')])).toEqual([
    done,
    done,
  ]);
});

test('a service for each node that no node suits says so', () => {
  const nowhere = { state: 'waiting', why: 'no task on any node' };
  for (const one of [service({ replicas: undefined }), job({ replicas: undefined })])
    expect(verdicts([one], [])).toEqual([nowhere]);
});

test('what an earlier run of a job came to does not count', () => {
  const again = job({ jobIteration: 2 });
  const before = ofJob('complete', { exitCode: 0 });
  expect(verdicts([again], [before])).toEqual([{ state: 'waiting', why: '0 of 1 tasks' }]);
  const failures = ['a', 'b', 'c'].map((id) => failedOnce({ id }));
  const now = ofJob('complete', { id: 'now', jobIteration: 2, exitCode: 0 });
  expect(verdicts([again], [before, ...failures, now])).toEqual([done]);
});

test('a job that runs again after a failure is waited for, and says why', () => {
  const next = ofJob('running', { desired: 'running', created: '2026-01-01T00:00:30.0Z' });
  expect(verdicts([job()], [failedOnce(), next])).toEqual([
    { state: 'waiting', why: 'running on one: non-zero exit' },
  ]);
});

test('the first task of a job, whose number Swarm leaves out, is one task wherever it runs', () => {
  const first = { slot: undefined };
  const failures = ['n1', 'n2', 'n3'].map((nodeId) => failedOnce({ ...first, id: nodeId, nodeId }));
  const next = ofJob('running', { ...first, nodeId: 'n2', created: '2026-01-01T00:00:30.0Z' });
  expect(verdicts([job()], [failures[0] ?? next, next])).toEqual([
    { state: 'waiting', why: 'running: non-zero exit' },
  ]);
  expect(verdicts([job()], [...failures, next])).toMatchObject([{ state: 'failed' }]);
});

test('a job that ends well at the fourth attempt is done', () => {
  const failures = ['a', 'b', 'c'].map((id) => failedOnce({ id }));
  expect(verdicts([job()], [...failures, ofJob('complete', { exitCode: 0 })])).toEqual([done]);
});

test.each([
  ['may not restart', { restart: 'none' }, 1, 'failed: non-zero exit (one)'],
  [
    'may restart once',
    { maxAttempts: 1 },
    2,
    'failed 2 times, last exit code 1: non-zero exit (one)',
  ],
  ['may always restart', {}, 3, 'failed 3 times, last exit code 1: non-zero exit (one)'],
])('a job that %s has failed when Swarm gives up, or is likely to', (_, policy, times, why) => {
  const failures = ['a', 'b', 'c'].map((id) => failedOnce({ id }));
  const enough = failures.slice(0, times);
  expect(verdicts([job(policy)], enough)).toEqual([{ state: 'failed', why }]);
  const fewer = verdicts([job(policy)], enough.slice(1));
  expect(fewer).toEqual([{ state: 'waiting', why: '0 of 1 tasks' }]);
});

test('failures of a task that runs by now do not make the missing ones fail', () => {
  const failures = ['a', 'b', 'c'].map((id) => task('failed', { id, desired: 'shutdown' }));
  expect(verdicts([service({ replicas: 2 })], [...failures, task('running')])).toEqual([
    { state: 'waiting', why: '1 of 2 tasks' },
    { state: 'ready', why: 'healthy' },
  ]);
});

test('a service that has ended well and may not begin again is done', () => {
  const ended = task('complete', { desired: 'shutdown', exitCode: 0 });
  const once = service({ restart: 'on-failure', hasHealthCheck: false });
  expect(verdicts([once], [ended])).toEqual([done]);
});
