import type { ProjectContainer } from '@bundle/engine';
import { heartbeat, judge } from '../src/up/health.ts';

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
  const [verdict] = judge(['web'], [container(change)]);
  expect(verdict).toMatchObject({ state });
  expect(verdict?.why).toMatch(why);
});

it('a service without a container is waited for; a container of no service is ignored', () => {
  expect(judge(['web'], [container({ service: 'old' })])).toMatchObject([
    { service: 'web', state: 'waiting' },
  ]);
});

it('a restart is noticed by its count or its start time', () => {
  const before = heartbeat([container({})]);
  expect(heartbeat([container({ restartCount: 1 })])).not.toBe(before);
  expect(heartbeat([container({ startedAt: '2026-01-01T00:00:01Z' })])).not.toBe(before);
  expect(heartbeat([container({ health: 'healthy' })])).toBe(before);
});
