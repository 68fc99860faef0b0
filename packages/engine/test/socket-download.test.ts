import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSocketServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createDockerEngine } from '../src/docker/engine.ts';
import { downloadFromSocket } from '../src/docker/socket-download.ts';
import { resolveEndpoint } from '../src/endpoint.ts';

const never = new AbortController().signal;
let folder: string;
let server: Server | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'download-'));
});
afterEach(async () => {
  server?.close();
  await rm(folder, { recursive: true });
});

async function listen(made: Server): Promise<string> {
  server = made;
  const path = join(folder, 'socket');
  await new Promise<void>((resolve) => made.listen(path, resolve));
  return path;
}

const serve = (answer: RequestListener): Promise<string> => listen(createServer(answer));

test('delivers a body of many pieces complete, however slowly it is read', async () => {
  const sent = randomBytes(9 * 1024 * 1024 + 17);
  const socket = await serve((_, answer) => answer.end(sent));
  const body = await downloadFromSocket(socket, '/', never);
  const parts: Buffer[] = [];
  for await (const part of body ?? []) {
    parts.push(part);
    if (parts.length < 4) await setTimeout(20);
  }
  expect(Buffer.concat(parts).equals(sent)).toBe(true);
});

test('delivers a body that arrives together with the head', async () => {
  const socket = await listen(
    createSocketServer((client) => client.end('HTTP/1.0 200 OK\r\nServer: x\r\n\r\nabc')),
  );
  const body = await downloadFromSocket(socket, '/', never);
  expect(Buffer.concat((await body?.toArray()) ?? []).toString()).toBe('abc');
});

test.each([
  ['an error', 'HTTP/1.0 404 Not Found\r\n\r\n{}'],
  ['a body in frames', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['something that is not HTTP', `${'x'.repeat(20_000)}`],
  ['a head without an end', 'HTTP/1.0 200 OK\r\n'],
])('leaves %s to the ordinary client', async (_, text) => {
  const socket = await listen(createSocketServer((client) => client.end(text)));
  expect(await downloadFromSocket(socket, '/', never)).toBeUndefined();
});

test('ends at once when it is interrupted', async () => {
  const socket = await serve((_, answer) => answer.write('begin'));
  const stop = new AbortController();
  const body = await downloadFromSocket(socket, '/', stop.signal);
  const read = body?.toArray();
  stop.abort();
  await expect(read).rejects.toMatchObject({ name: 'AbortError' });
});

test('an engine that refuses a save is quoted', async () => {
  const socket = await serve((_, answer) => {
    answer.writeHead(404, { 'content-type': 'application/json' });
    answer.end('{"message":"reference does not exist"}');
  });
  const engine = await createDockerEngine(await resolveEndpoint(`unix://${socket}`, {}));
  const open = engine.openImages(['absent:1'], undefined, never);
  await expect(open).rejects.toMatchObject({
    code: 'engine-failed',
    details: { found: expect.stringContaining('reference does not exist') },
  });
});
