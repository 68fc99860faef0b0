import type { ProjectContainer } from '@bundle/engine';
import { endedOf, heartbeat, judge, namedServices } from '../src/up/health.ts';

const container = (change: Partial<ProjectContainer>): ProjectContainer => ({
  id: 'id',
  name: 'shop-web-1',
  service: 'web',
  workingDir: '/',
  configHash: '',
  image: 'web:1',
  imageId: 'sha256:0',
  state: 'running',
  exitCode: 0,
  restartCount: 0,
  startedAt: '2026-01-01T00:00:00Z',
  restartPolicy: 'no',
  command: [],
  networks: [],
  published: [],
  ...change,
});

it.each<[string, Partial<ProjectContainer>, string, RegExp]>([
  ['healthy', { health: 'healthy' }, 'ready', /^healthy$/],
  ['without a health check', {}, 'ready', /^running$/],
  ['not checked yet', { health: 'starting' }, 'waiting', /has not passed/],
  [
    'unhealthy, with the output of its check',
    { health: 'unhealthy', healthOutput: 'no page\nmore' },
    'failed',
    /no page$/,
  ],
  [
    'unhealthy because containerd was gone when the engine wanted to check',
    {
      health: 'unhealthy',
      healthExitCode: -1,
      healthOutput:
        'connection error: desc = "transport: error while dialing: dial unix:///run/containerd/containerd.sock: connect: connection refused"',
    },
    'waiting',
    /connection refused/,
  ],
  [
    'unhealthy because its own check was refused a connection',
    { health: 'unhealthy', healthExitCode: 7, healthOutput: 'connection refused' },
    'failed',
    /connection refused$/,
  ],
  [
    'unhealthy because its check took too long',
    {
      health: 'unhealthy',
      healthExitCode: -1,
      healthOutput: 'Health check exceeded timeout (1s)',
    },
    'failed',
    /exceeded timeout/,
  ],
  ['a job that is done', { state: 'exited' }, 'ready', /done/],
  [
    'a job that is done after four attempts',
    { state: 'exited', restartCount: 3, restartPolicy: 'on-failure' },
    'ready',
    /done/,
  ],
  [
    'a server that was stopped: it has a health check',
    { state: 'exited', health: 'unhealthy' },
    'failed',
    /exit code 0/,
  ],
  [
    'a server that is restarted only after a failure',
    { state: 'exited', health: 'healthy', restartPolicy: 'on-failure' },
    'failed',
    /exit code 0/,
  ],
  ['a job that failed', { state: 'exited', exitCode: 2 }, 'failed', /exit code 2/],
  [
    'ended and waiting for a restart',
    { state: 'exited', exitCode: 2, restartPolicy: 'always' },
    'waiting',
    /2/,
  ],
  [
    'ended successfully, but should keep running',
    { state: 'exited', restartPolicy: 'unless-stopped' },
    'waiting',
    /0/,
  ],
  [
    'restarting repeatedly',
    { state: 'restarting', restartCount: 3, restartPolicy: 'always', exitCode: 1 },
    'failed',
    /3 times/,
  ],
  ['only created', { state: 'created' }, 'waiting', /created/],
  ['dead', { state: 'dead' }, 'failed', /dead/],
])('a container that is %s', (_, change, state, why) => {
  const [verdict] = judge(namedServices(['web']), [container(change)]);
  expect(verdict).toMatchObject({ state });
  expect(verdict?.why).toMatch(why);
});

it('a container that ended well is done unless it publishes ports, which stopped ones no longer say', () => {
  const stateOf = (mayEnd: boolean | undefined, change: Partial<ProjectContainer> = {}) =>
    judge(new Map([['web', { mayEnd }]]), [container({ state: 'exited', ...change })])[0]?.state;
  expect(stateOf(undefined)).toBe('ready');
  expect(stateOf(false)).toBe('failed');
  expect(stateOf(false, { restartPolicy: 'always' })).toBe('waiting');
});

it('a job that another service waits for is done even if its image has a health check', () => {
  const done = container({ state: 'exited', health: 'unhealthy' });
  expect(judge(new Map([['web', { mayEnd: true }]]), [done])).toMatchObject([{ state: 'ready' }]);
});

it('what has ended is worth another start, except jobs that another service waits for', () => {
  const ended = (mayEnd: boolean | undefined, change: Partial<ProjectContainer> = {}) =>
    endedOf(new Map([['web', { mayEnd }]]), [container({ state: 'exited', ...change })]).length;
  expect([ended(undefined), ended(false), ended(true)]).toEqual([1, 1, 0]);
  expect(ended(undefined, { state: 'running' })).toBe(0);
  expect(ended(undefined, { service: 'other' })).toBe(0);
});

it('a service without a container is waited for; a container of no service is ignored', () => {
  expect(judge(namedServices(['web']), [container({ service: 'old' })])).toMatchObject([
    { service: 'web', state: 'waiting' },
  ]);
});

it('a restart is noticed by its count or its start time', () => {
  const before = heartbeat([container({})]);
  expect(heartbeat([container({ restartCount: 1 })])).not.toBe(before);
  expect(heartbeat([container({ startedAt: '2026-01-01T00:00:01Z' })])).not.toBe(before);
  expect(heartbeat([container({ health: 'healthy' })])).toBe(before);
});
