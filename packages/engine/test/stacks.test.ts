import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stackFile } from '../src/docker/stacks.ts';
import { openStacks } from '../src/stacks.ts';

// What a manager answers about jobs, as of Docker 28: an index of 0 is left out.

let folder: string;
let server: Server;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stacks-'));
});
afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

async function stacksOf(answer: object) {
  server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  const socket = join(folder, 'socket');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return openStacks({ dockerHost: `unix://${socket}`, env: {} });
}

const service = (Mode: object, more: object = {}) => ({
  ...{ ID: 's', UpdatedAt: '2026-01-01T00:00:00Z', ...more },
  Spec: { Name: 'shop_job', TaskTemplate: { RestartPolicy: { MaxAttempts: 2 } }, Mode },
});

test('a job says which of its runs is the current one, and a service that keeps running says none', async () => {
  const stacks = await stacksOf([
    service({ ReplicatedJob: { TotalCompletions: 3 } }, { JobStatus: { JobIteration: {} } }),
    service({ GlobalJob: {} }, { JobStatus: { JobIteration: { Index: 4 } } }),
    service({ Global: {} }),
    service({ Replicated: { Replicas: 0 } }),
  ]);
  const found = await stacks.services('shop');
  expect(found.map(({ mode, replicas, jobIteration }) => [mode, replicas, jobIteration])).toEqual([
    ['replicated-job', 3, 0],
    ['global-job', undefined, 4],
    ['global', undefined, undefined],
    ['replicated', 0, undefined],
  ]);
  expect(found[0]).toMatchObject({ restart: 'any', maxAttempts: 2 });
});

test('a task says to which run of a job it belongs', async () => {
  const task = { ID: 't', ServiceID: 's', CreatedAt: '2026-01-01T00:00:00Z', Spec: {} };
  const of = { ...task, DesiredState: 'complete', Status: { State: 'running' } };
  const stacks = await stacksOf([
    { ...of, JobIteration: { Index: 4 } },
    { ...of, JobIteration: {} },
    of,
  ]);
  const found = await stacks.tasks('shop');
  expect(found.map(({ jobIteration }) => jobIteration)).toEqual([4, 0, 0]);
});

test.each([
  ['Docker version 20.10.24+dfsg1, build 297e128', { version: '3.9', services: {} }],
  ['Docker version 23.0.0, build e92dd87', { services: {} }],
])('%s gets a stack as it takes it', (said, document) => {
  expect(stackFile({ services: {} }, said)).toEqual(document);
});
