import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { RegistryClient } from '../src/client.ts';
import type { RegistrySettings } from '../src/settings.ts';

const settings: RegistrySettings = {
  ...{ env: { HOME: '/nonexistent' }, plainHttp: [], insecure: [], mirrors: [], certificates: [] },
  times: { idle: 500, commit: 500, helper: 500, retry: 20, longestWait: 10_000 },
};
const { signal } = new AbortController();
let server: Server;
let client: RegistryClient;

async function start(listener: RequestListener, port = 0): Promise<number> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
async function stop(): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
beforeEach(() => {
  client = new RegistryClient(settings);
});
afterEach(async () => {
  await client.close();
  await stop();
});
const hasBlob = (port: number): Promise<boolean> =>
  client.hasBlob(`127.0.0.1:${port}`, 'a', `sha256:${'0'.repeat(64)}`, signal);

/** A registry that wants a token, with a token server that answers as told before it gives one. */
function withTokenServer(...refusals: readonly number[]) {
  const left = [...refusals];
  return (request: IncomingMessage, response: ServerResponse): void => {
    const { authorization, host } = request.headers;
    if (request.url?.startsWith('/token')) {
      const status = left.shift();
      if (status === undefined) response.end('{"token":"t"}');
      else response.writeHead(status, { 'retry-after': '0' }).end();
    } else if (authorization === 'Bearer t') response.end();
    else {
      const challenge = `Bearer realm="http://${host}/token",service="r"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
    }
  };
}

test('a token server that is busy for a while is asked again', async () => {
  expect(await hasBlob(await start(withTokenServer(429, 503, 500)))).toBe(true);
});

test('a token server that stays busy is given up', async () => {
  const port = await start(withTokenServer(...Array.from({ length: 5 }, () => 503)));
  await expect(hasBlob(port)).rejects.toMatchObject({ code: 'registry-failed' });
});

test('a token server that is not there is not an image that is not there', async () => {
  const port = await start(withTokenServer(404));
  await expect(hasBlob(port)).rejects.toMatchObject({
    code: 'registry-denied',
    details: { found: `an answer of 127.0.0.1:${port} without one (status 404)` },
  });
});

test('a registry that restarts is asked again, and one that was never there is not', async () => {
  const answer: RequestListener = (_, response) => response.end();
  const port = await start(answer);
  expect(await hasBlob(port)).toBe(true);
  await stop();
  const asked = hasBlob(port);
  setTimeout(() => start(answer, port), 50);
  expect(await asked).toBe(true);
  await stop();
  const started = performance.now();
  const other = new RegistryClient({ ...settings, times: { ...settings.times, retry: 5000 } });
  const host = `127.0.0.1:${port}`;
  await expect(other.digestOf(host, 'a', '1', signal)).rejects.toMatchObject({
    code: 'registry-unreachable',
  });
  expect(performance.now() - started).toBeLessThan(2000);
  await other.close();
  await start(answer);
});
