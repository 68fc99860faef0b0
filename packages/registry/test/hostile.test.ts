import { readdir, readFile, readlink, rm, truncate, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { blobPath, type Digest } from '@bundle/format';
import { openManifest } from '@bundle/verify';
import {
  bundleContent,
  type RegistryOptions,
  type RunningRegistry,
  startRegistry,
} from '../src/index.ts';
import { ask, bigLayer, buildBundle, raw } from './fixture.ts';

const path = join(tmpdir(), `registry-hostile-${process.pid}`);
const failures: unknown[] = [];
let big: Digest;
let registry: RunningRegistry;

beforeAll(async () => {
  const layers = [bigLayer(16_000_000), { text: 'small', compression: 'gzip' as const }];
  const { images } = await buildBundle(path, [{ reference: 'shop:1', layers }]);
  big = images[0]?.layerDigests[0] ?? 'sha256:';
});
beforeEach(async () => {
  failures.length = 0;
  registry = await start();
});
afterEach(async () => {
  expect((await ask(registry.url, '/v2/')).status).toBe(200);
  await registry.close();
});
afterAll(async () => {
  await rm(path, { recursive: true, force: true });
});

async function start(options: Partial<RegistryOptions> = {}): Promise<RunningRegistry> {
  const content = await bundleContent(await openManifest(path));
  const onFailure = (error: unknown): void => void failures.push(error);
  return startRegistry({ content, onFailure, ...options });
}

const requestOf = (target: string, ...lines: string[]): string =>
  [`GET ${target} HTTP/1.1`, 'Host: x', ...lines, '', ''].join('\r\n');
const blobRequest = (): string => requestOf(`/v2/shop/blobs/${big}`);

/** Lists the files of the bundle that this process has open. */
async function openFiles(): Promise<string[]> {
  const names = await readdir('/proc/self/fd');
  const links = await Promise.all(
    names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')),
  );
  return links.filter((link) => link.startsWith(path));
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; !(await condition()); i++) {
    if (i > 500) throw new Error('waited 10 s in vain');
    await wait(20);
  }
}

test.each([
  ['text that is not HTTP', 'hello\r\n\r\n', '400'],
  ['binary', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]), '400'],
  ['a gigantic URL', `GET /v2/${'a/'.repeat(50_000)} HTTP/1.1\r\n\r\n`, '431'],
  ['a gigantic header', requestOf('/v2/', `X: ${'a'.repeat(100_000)}`), '431'],
  ['no Host', 'GET /v2/ HTTP/1.1\r\n\r\n', '400'],
  ['two lengths', requestOf('/v2/', 'Content-Length: 1', 'Content-Length: 2'), '400'],
  [
    'length and chunks',
    requestOf('/v2/', 'Content-Length: 1', 'Transfer-Encoding: chunked'),
    '400',
  ],
])('%s is refused', async (what, bytes, status) => {
  expect(await raw(registry.port, bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(registry.stats().malformed).toBe(what === 'no Host' ? 0 : 1);
});

test.each([
  '/v2/../../../../etc/passwd',
  '/v2/shop/blobs/../../../bundle.json',
  '/v2/shop/blobs/..%2f..%2f..%2fbundle.json',
  '/v2/%2e%2e/%2e%2e/etc/manifests/passwd',
  '/v2/shop/manifests/..%5c..%5cbundle.json',
  '/v2/shop%00/manifests/1',
  '//etc/passwd',
  'file:///etc/passwd',
  '/v2/__proto__/manifests/constructor',
  '/v2/shop/manifests/__proto__',
])('%s reaches no file', async (target) => {
  const answer = await raw(registry.port, requestOf(target, 'Connection: close'));
  expect(answer).toMatch(/^HTTP\/1.1 40[04] .*\{"errors":\[/s);
});

test('a push is refused before its body is sent', async () => {
  const put = 'PUT /v2/shop/manifests/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n';
  const answer = await raw(registry.port, `${put}Expect: 100-continue\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1.1 405 .*UNSUPPORTED/s);
});

test('a client that disconnects in the middle of a blob leaves no file open', async () => {
  for (let i = 0; i < 20; i++) {
    const socket = connect(registry.port, '127.0.0.1', () => socket.write(blobRequest()));
    await new Promise((resolve) => socket.once('data', resolve));
    socket.resetAndDestroy();
  }
  await until(() => registry.stats().aborted === 20);
  await until(async () => (await openFiles()).length === 0);
  expect(registry.stats().failed).toBe(0);
});

test('a client that requests a thousand blobs at once gets them one after the other', async () => {
  const socket = connect(registry.port, '127.0.0.1');
  socket.write(blobRequest().repeat(1000));
  await new Promise((resolve) => socket.once('data', resolve));
  socket.pause();
  await wait(300);
  expect((await openFiles()).length).toBeLessThanOrEqual(1);
  socket.destroy();
  await until(() => registry.stats().aborted > 100);
  await until(async () => (await openFiles()).length === 0);
});

test('requests sent at once are answered in order', async () => {
  const targets = ['/v2/', '/v2/shop/tags/list', '/v2/nobody/tags/list'];
  const requests = targets.map((target) => requestOf(target)).join('');
  const answer = await raw(registry.port, requests + requestOf('/v2/', 'Connection: close'));
  expect([...answer.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status)).toEqual([
    '200',
    '200',
    '404',
    '200',
  ]);
});

test('a client that reads nothing is cut off', async () => {
  const impatient = await start({ stallTimeoutMs: 500 });
  const socket = connect(impatient.port, '127.0.0.1', () => socket.write(blobRequest()));
  socket.pause();
  socket.on('error', () => undefined);
  await until(() => impatient.stats().aborted === 1);
  await until(async () => (await openFiles()).length === 0);
  socket.destroy();
  await impatient.close();
});

test('a client that trickles its request is cut off', async () => {
  const impatient = await start({ headersTimeoutMs: 600 });
  const socket = connect(impatient.port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  const drops = setInterval(() => socket.write('a'), 50);
  socket.write('GET /v2/ HTTP/1.1\r\nHost: x\r\nX-Slow: ');
  await until(() => socket.destroyed);
  clearInterval(drops);
  expect(answer).toMatch(/^HTTP\/1.1 408 /);
  await impatient.close();
});

test('connections beyond the limit are refused, and served once there is room', async () => {
  const small = await start({ maxConnections: 2 });
  const held = [connect(small.port, '127.0.0.1'), connect(small.port, '127.0.0.1')];
  for (const socket of held) {
    socket.write(blobRequest());
    await new Promise((resolve) => socket.once('data', resolve));
    socket.pause();
  }
  await expect(ask(small.url, '/v2/')).rejects.toThrow();
  expect(small.stats().dropped).toBe(1);
  for (const socket of held) socket.destroy();
  await until(() =>
    ask(small.url, '/v2/').then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
  await small.close();
});

test('a client that stops reading its answer makes room for a new one', async () => {
  const small = await start({ maxConnections: 1, slowMs: 300 });
  const slow = connect(small.port, '127.0.0.1');
  slow.write(blobRequest());
  await new Promise((resolve) => slow.once('data', resolve));
  slow.pause();
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect((await ask(small.url, '/v2/')).status).toBe(200);
  expect(small.stats().dropped).toBe(1);
  slow.destroy();
  await small.close();
});

test('the client that has waited longest without a request makes room for a new one', async () => {
  const small = await start({ maxWaiting: 1 });
  const [idle, busy] = [connect(small.port, '127.0.0.1'), connect(small.port, '127.0.0.1')];
  await until(() => small.stats().connections === 2);
  const left = new Promise((resolve) => idle.once('close', resolve));
  busy.write(blobRequest());
  await new Promise((resolve) => busy.once('data', resolve));
  busy.pause();
  idle.resume();
  const third = connect(small.port, '127.0.0.1');
  await left;
  expect(small.stats().dropped).toBe(1);
  third.write(requestOf('/v2/'));
  expect(String(await new Promise((resolve) => third.once('data', resolve)))).toContain('200 OK');
  expect(busy.destroyed).toBe(false);
  for (const socket of [busy, third]) socket.destroy();
  await small.close();
});

test('a damaged or truncated blob is never sent completely, and is reported', async () => {
  const file = join(path, blobPath(big));
  const whole = await readFile(file);
  const damaged = Buffer.from(whole);
  damaged.writeUInt8(damaged.readUInt8(1_000_000) ^ 1, 1_000_000);
  try {
    await writeFile(file, damaged);
    await expect(ask(registry.url, `/v2/shop/blobs/${big}`)).rejects.toThrow();
    await truncate(file, 2_000_000);
    await expect(ask(registry.url, `/v2/shop/blobs/${big}`)).rejects.toThrow();
    await rm(file);
    await expect(ask(registry.url, `/v2/shop/blobs/${big}`)).rejects.toThrow();
  } finally {
    await writeFile(file, whole);
  }
  expect(failures).toMatchObject([
    { code: 'digest-mismatch' },
    { code: 'size-mismatch' },
    { code: 'medium-failed' },
  ]);
  expect(registry.stats()).toMatchObject({ failed: 3, aborted: 0 });
  expect((await ask(registry.url, `/v2/shop/blobs/${big}`)).body.equals(whole)).toBe(true);
});

test('closing cuts off clients in progress and frees the port', async () => {
  const stopping = new AbortController();
  const short = await start({ signal: stopping.signal });
  const socket = connect(short.port, '127.0.0.1', () => socket.write(blobRequest()));
  socket.on('error', () => undefined);
  socket.pause();
  await until(() => short.stats().requests === 1);
  stopping.abort();
  await short.close();
  await until(async () => (await openFiles()).length === 0);
  const again = await start({ port: short.port });
  await expect(start({ port: short.port })).rejects.toMatchObject({ code: 'address-unavailable' });
  await again.close();
});

test('a bundle with a damaged image document or a missing blob is not served', async () => {
  const { manifest } = await openManifest(path);
  const document = join(path, blobPath(manifest.images[0]?.manifestDigest ?? big));
  const text = await readFile(document, 'utf8');
  try {
    await writeFile(document, text.replace('2', '3'));
    await expect(start()).rejects.toMatchObject({ code: 'digest-mismatch' });
    await writeFile(document, `${text} `);
    await expect(start()).rejects.toMatchObject({ code: 'size-mismatch' });
    await rm(document);
    await expect(start()).rejects.toMatchObject({ code: 'file-missing' });
  } finally {
    await writeFile(document, text);
  }
});
