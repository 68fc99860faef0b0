import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Connections, type Exchange } from '../src/exchange.ts';
import type { RegistrySettings } from '../src/settings.ts';

const settings: RegistrySettings = {
  ...{ env: {}, plainHttp: [], insecure: [], mirrors: [], certificates: [] },
  times: { idle: 150, commit: 5000, helper: 500, retry: 10, longestWait: 10_000 },
};
const { signal } = new AbortController();
let server: Server;
let connections: Connections;

async function start(listener: RequestListener): Promise<number> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
async function stop(): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
beforeEach(() => {
  connections = new Connections(settings);
});
afterEach(async () => {
  await connections.close();
  await stop();
});

const slowly: RequestListener = (request, response) => {
  request.resume();
  request.on('end', () => setTimeout(() => response.end('{}'), 500));
};
const exchange = (port: number, method: Exchange['method'], path: string, body?: Buffer) =>
  connections.exchange({
    ...{ method, body, headers: {}, signal },
    url: new URL(`http://127.0.0.1:${port}${path}`),
  });

test.each<[Exchange['method'], string, Buffer]>([
  ['PATCH', '/v2/a/blobs/uploads/1', Buffer.from('bytes')],
  ['PUT', '/v2/a/blobs/uploads/1?digest=sha256:1', Buffer.alloc(0)],
])(
  'a registry may think about the end of an upload for long: %s %s',
  async (...[method, path, body]) => {
    const answer = await exchange(await start(slowly), method, path, body);
    expect(answer.statusCode).toBe(200);
    answer.resume();
  },
);

test.each<[Exchange['method'], string]>([
  ['GET', '/v2/a/blobs/sha256:1'],
  ['PUT', '/v2/a/manifests/1'],
])('a registry that says nothing to %s %s is given up soon', async (method, path) => {
  const body = method === 'PUT' ? Buffer.from('{}') : undefined;
  const asked = exchange(await start(slowly), method, path, body);
  await expect(asked).rejects.toThrow('nothing came for 0.15 s');
});

test('an upload of which a registry takes no more bytes is given up soon', async () => {
  // It never reads.
  const asked = exchange(await start(() => undefined), 'PATCH', '/v2/a', Buffer.alloc(50_000_000));
  await expect(asked).rejects.toThrow('nothing came for 0.15 s');
});
