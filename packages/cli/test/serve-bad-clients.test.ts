import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBundle, raw } from '../../registry/test/fixture.ts';
import { finished, shows, startBundle } from './run-bundle.ts';

/** More than the limit of waiting connections. */
const slowClients = 5000;
let folder: string;
let layer: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'serve-bad-'));
  const text = randomBytes(3_000_000).toString('base64');
  const { images } = await buildBundle(join(folder, 'shop.tar'), [
    { reference: 'shop:1', layers: [{ text, compression: 'gzip' }] },
  ]);
  layer = images[0]?.layerDigests[0] ?? '';
});
afterAll(() => rm(folder, { recursive: true }));

async function portOf(child: ReturnType<typeof startBundle>): Promise<number> {
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words += chunk.toString('utf8');
  });
  await shows(child.stderr, 'docker pull');
  return Number(/127\.0\.0\.1:(\d+)/.exec(words)?.[1]);
}

/** Opens a connection that sends a request head byte by byte, and reconnects when it is cut off. */
function sendSlowly(port: number, open: Set<Socket>, isOver: () => boolean): void {
  const socket = connect(port, '127.0.0.1', () => socket.write('GET /v2/ HTTP/1.1\r\nX-Slow: '));
  const drops = setInterval(() => socket.write('a'), 1000);
  open.add(socket);
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearInterval(drops);
    open.delete(socket);
    if (!isOver()) setTimeout(() => sendSlowly(port, open, isOver), 1000);
  });
}

async function digestFrom(url: string): Promise<string> {
  const [response] = await once(get(url, { agent: false }), 'response');
  const hash = createHash('sha256');
  for await (const chunk of response) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

test.each([
  ['a path outside', 'GET /v2/../../../etc/passwd HTTP/1.1', [], 404],
  ['an encoded path outside', 'GET /v2/shop/blobs/..%2f..%2fbundle.json HTTP/1.1', [], 404],
  ['a range beyond the end', 'GET BLOB HTTP/1.1', ['Range: bytes=99999999999999999999-'], 416],
  ['a range of nothing', 'GET BLOB HTTP/1.1', ['Range: bytes=-0'], 416],
  ['huge headers', 'GET /v2/ HTTP/1.1', [`X: ${'a'.repeat(1_000_000)}`], 431],
  ['a push', 'PUT /v2/shop/manifests/2 HTTP/1.1', ['Content-Length: 99999999999'], 405],
  ['no HTTP', 'hello', [], 400],
])('%s is answered with an error, and others are served', async (_, first, headers, status) => {
  const blob = `/v2/shop/blobs/${layer}`;
  const child = startBundle(['serve', join(folder, 'shop.tar'), '--port', '0']);
  const result = finished(child);
  const port = await portOf(child);
  const lines = [first.replace('BLOB', blob), 'Host: x', 'Connection: close', ...headers, '', ''];
  const answer = await raw(port, lines.join('\r\n'));
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(await digestFrom(`http://127.0.0.1:${port}${blob}`)).toBe(layer);
  child.kill('SIGINT');
  const { code, stdout } = await result;
  expect(stdout).toMatch(/^Served [12] requests?, .*; 1 (refused|malformed)\n$/);
  expect(code).toBe(0);
});

test('5000 slow clients keep nobody out and cost little memory', async () => {
  const child = startBundle(['serve', join(folder, 'shop.tar'), '--port', '0']);
  const result = finished(child);
  const port = await portOf(child);
  const open = new Set<Socket>();
  let over = false;
  for (let i = 0; i < slowClients; i += 1) sendSlowly(port, open, () => over);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  let failed = 0;
  for (let i = 0; i < 20; i += 1) {
    const digest = await digestFrom(`http://127.0.0.1:${port}/v2/shop/blobs/${layer}`).catch(
      () => '',
    );
    if (digest !== layer) failed += 1;
  }
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  over = true;
  for (const socket of open) socket.destroy();
  child.kill('SIGINT');
  const { code, stdout } = await result;
  expect(failed).toBe(0);
  expect(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024).toBeLessThan(250);
  expect(stdout).toMatch(/^Served 20 requests, /);
  expect(code).toBe(0);
});
