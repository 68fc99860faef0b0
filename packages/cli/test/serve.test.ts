import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loopbackCertificate } from '@bundle/testkit';
import { buildBundle } from '../../registry/test/fixture.ts';
import { bundle, finished, shows, startBundle } from './run-bundle.ts';

const { cert, key } = loopbackCertificate;
let folder: string;
let shop: string;
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'serve-'));
  shop = file('shop.tar');
  await buildBundle(shop, [{ reference: 'shop/api:1.0', layers: [{ text: 'api' }] }]);
  await writeFile(file('cert.pem'), cert);
  await writeFile(file('key.pem'), key);
  await writeFile(file('users'), '# who may pull\nann:a pass:word\n');
});
afterAll(() => rm(folder, { recursive: true }));

/** Serves while `use` runs with the address, then stops as by Ctrl-C. */
async function serving(args: readonly string[], use: (url: string) => Promise<void>) {
  const child = startBundle(['serve', shop, '--port', '0', ...args]);
  const result = finished(child);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  try {
    await shows(child.stderr, 'docker pull');
    await use(/at (https?:\S+),/.exec(stderr)?.[1] ?? '');
  } finally {
    child.kill('SIGINT');
  }
  return result;
}

/** Returns the status of an answer; 0 if the connection was cut. */
function statusOf(url: string, auth?: string): Promise<number> {
  const ask = url.startsWith('https') ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const sent = ask(url, { agent: false, ca: cert, ...(auth ? { auth } : {}) }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', () => resolve(0));
    sent.end();
  });
}

test('serves on loopback until Ctrl-C, then prints statistics', async () => {
  const { code, stdout, stderr } = await serving([], async (url) => {
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await statusOf(`${url}/v2/shop/api/manifests/1.0`)).toBe(200);
    expect(await statusOf(`${url}/v2/shop/api/manifests/2.0`)).toBe(404);
  });
  expect(code).toBe(0);
  expect(stderr).not.toContain('warning');
  expect(stdout).toMatch(/^Served 2 requests, \d+ B, 2 connections in .*; 1 refused\n$/);
});

test('in Chinese, the statistics are in Chinese', async () => {
  const { stdout } = await serving(['--lang', 'zh'], async () => undefined);
  expect(stdout).toMatch(/^已提供 0 个请求，0 B，0 个连接，用时 .*\n$/);
});

test('with --json the statistics are a document', async () => {
  const child = startBundle(['serve', shop, '--port', '0', '--json']);
  const result = finished(child);
  // With --json there is no message; the server is up once a second instance fails to start.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  child.kill('SIGTERM');
  const { code, stdout, stderr } = await result;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ bundles: [shop], requests: 0, tls: false });
});

test('uses TLS and answers only clients with a valid name and password', async () => {
  const args = ['--tls-cert', file('cert.pem'), '--tls-key', file('key.pem')];
  const { code, stdout } = await serving([...args, '--auth-file', file('users')], async (url) => {
    expect(url).toMatch(/^https:/);
    expect(await statusOf(`${url}/v2/`)).toBe(401);
    expect(await statusOf(`${url}/v2/`, 'ann:pass')).toBe(401);
    expect(await statusOf(`${url}/v2/`, 'bob:a pass:word')).toBe(401);
    expect(await statusOf(`${url}/v2/`, 'ann:a pass:word')).toBe(200);
    expect(await statusOf(url.replace('https', 'http'))).toBe(0);
  });
  expect(code).toBe(0);
  expect(stdout).toMatch(/; 3 refused; 1 malformed\n$/);
});

test('warns about an address beyond this host', async () => {
  const { stderr } = await serving(['--listen', '0.0.0.0'], async () => undefined);
  expect(stderr).toContain('warning: other hosts can reach 0.0.0.0\n');
  expect(stderr).toContain('anyone who reaches it can pull every image (--auth-file)');
  expect(stderr).toContain('not encrypted (--tls-cert)');
});

test.each([
  ['an invalid port', ['--port', '70000'], 2],
  ['a certificate without its key', ['--tls-cert', 'cert.pem'], 2],
  ['an invalid key', ['--tls-cert', 'cert.pem', '--tls-key', 'users'], 45],
  ['a missing file of users', ['--auth-file', 'gone'], 45],
  ['a file that names no users', ['--auth-file', 'key.pem'], 2],
  ['an address that is not of this host', ['--listen', '192.0.2.1'], 46],
])('refuses %s', async (_, args, expected) => {
  const { code, stdout } = await bundle(['serve', shop, ...args], { cwd: folder });
  expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
});

test('refuses a path without a bundle', async () => {
  expect(await bundle(['serve', file('gone.tar')])).toMatchObject({ code: 50 });
});
