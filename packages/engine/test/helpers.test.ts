import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Runtime } from '../src/containers.ts';
import { createDockerRuntime } from '../src/docker/containers.ts';
import { resolveEndpoint } from '../src/endpoint.ts';

// An engine that only keeps what a killed run left: killing a real run at that instant takes luck.

const labels = { 'com.docker.compose.project': 'shop' };
const volume = { name: 'shop_data', driver: 'local', options: {}, labels };
const never = new AbortController().signal;
/** What the engine says of a container that has three volumes, one without a name. */
const inspected = {
  ...{ Id: 'sidecar', Name: '/sidecar', Image: 'sha256:1', RestartCount: 0, Path: 'app', Args: [] },
  Config: { Image: 'app:1', Labels: {} },
  HostConfig: {},
  NetworkSettings: {},
  Mounts: [
    { Type: 'volume', Name: 'shop_data', Destination: '/data' },
    { Type: 'volume', Name: 'ab'.repeat(32), Destination: '/uploads' },
    { Type: 'bind', Source: '/srv', Destination: '/srv' },
  ],
  State: { Status: 'running', ExitCode: 0, StartedAt: '2026-01-01T00:00:00Z' },
};
let folder: string;
let server: Server;
let runtime: Runtime;
/** Containers on the volume, by their IDs, with their labels. */
let left: Map<string, Record<string, string>>;
let removals: string[];
/** Labels of the containers that were made. */
let made: unknown[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'helpers-'));
  left = new Map([
    ['ours', { 'bundle.helper': 'shop' }],
    ['theirs', { 'bundle.helper': 'other' }],
    ['sidecar', {}],
  ]);
  removals = [];
  made = [];
  server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://engine');
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (pathname.endsWith('/containers/json')) {
      const { label = [] } = JSON.parse(searchParams.get('filters') ?? '{}');
      const found = [...left].filter(
        ([id, own]) =>
          (id === 'sidecar' && label.some((wanted: string) => wanted.startsWith('com.'))) ||
          label.every((wanted: string) => wanted === `bundle.helper=${own['bundle.helper']}`),
      );
      answer(
        200,
        found.map(([Id, Labels]) => ({ Id, Names: [`/${Id}`], Labels })),
      );
    } else if (pathname.endsWith('/sidecar/json')) {
      answer(200, inspected);
    } else if (pathname.endsWith('/containers/create')) {
      made.push(JSON.parse(Buffer.concat(parts).toString()).Labels);
      answer(201, { Id: 'new' });
    } else if (request.method === 'DELETE' && pathname.includes('/containers/')) {
      const id = pathname.split('/').at(-1) ?? '';
      removals.push(`${id} ${searchParams.get('v')}`);
      left.delete(id);
      answer(204, {});
    } else if (pathname.endsWith('/archive')) {
      response.end(request.method === 'PUT' ? '' : Buffer.alloc(1024));
    } else if (pathname.endsWith('/wait')) {
      answer(200, { StatusCode: 0 });
    } else if (pathname.endsWith('/volumes/create')) answer(201, { Name: volume.name });
    else if (pathname.endsWith('/logs')) response.end();
    else response.writeHead(204).end();
  });
  const socket = join(folder, 'socket');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  runtime = await createDockerRuntime(await resolveEndpoint(`unix://${socket}`, {}));
});
afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

test('a copy of a volume removes the container that a killed run left on it, and leaves no anonymous volume', async () => {
  for await (const _ of await runtime.readVolume(volume, 'app:1', never));
  expect(removals).toEqual(['ours true', 'new true']);
  expect(made).toEqual([{ 'bundle.helper': 'shop' }]);
});

test('a restore removes the container that a killed run left, and no other', async () => {
  await runtime.replaceVolume(volume, 'app:1', Readable.from([Buffer.alloc(1024)]), never);
  expect(removals).toEqual(['ours true', 'new true']);
  expect([...left.keys()]).toEqual(['theirs', 'sidecar']);
});

test('a single command runs in a container that a later run would find', async () => {
  const request = { project: 'shop', image: 'app:1', command: ['true'] };
  await runtime.run({ ...request, environment: [], mounts: [], hosts: [] }, never);
  expect(made).toEqual([{ 'bundle.helper': 'shop' }]);
});

test('containers on a volume are listed by name, those that a killed run left as of its project', async () => {
  expect(await runtime.volumeUsers('shop_data')).toEqual([
    { name: 'ours', project: 'shop' },
    { name: 'sidecar', project: '' },
    { name: 'theirs', project: 'other' },
  ]);
});

test('a container is listed with the places of its volumes without a name', async () => {
  expect(await runtime.containers('shop')).toMatchObject([
    { name: 'sidecar', anonymousVolumes: ['/uploads'] },
  ]);
});
