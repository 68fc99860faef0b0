import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificatesFor } from '../src/certificates.ts';
import { parseChallenge } from '../src/challenge.ts';
import { RegistryClient } from '../src/client.ts';
import { credentialsFor } from '../src/credentials.ts';
import { waitBefore } from '../src/retry.ts';
import { accessTo, placesOf, type RegistrySettings } from '../src/settings.ts';
import { tokenRequest } from '../src/tokens.ts';

const never = new AbortController().signal;
const settings: RegistrySettings = {
  env: {},
  plainHttp: ['build.lan:5000', '[2001:db8::1]'],
  insecure: ['lab.example', '10.1.0.0/16', 'fd00::/8', 'broken/99'],
  mirrors: ['https://mirror.example', 'http://plain.example:5000', 'not an address', 'host:5000'],
  certificates: [],
  times: { idle: 500, commit: 500, helper: 500, retry: 100, longestWait: 10_000 },
};
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'distribution-'));
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  ['registry.example', ['https'], true],
  ['build.lan:5000', ['http'], true],
  ['build.lan', ['https'], true],
  ['lab.example:8443', ['https', 'http'], false],
  ['10.1.2.3:5000', ['https', 'http'], false],
  ['10.2.0.1:5000', ['https'], true],
  ['[fd00::1]:5000', ['https', 'http'], false],
  ['[2001:db8::1]:5000', ['http'], true],
  ['[2001:db8::2]:5000', ['https'], true],
  ['localhost:5000', ['https', 'http'], false],
  ['127.0.0.2', ['https', 'http'], false],
  ['[::1]:5000', ['https', 'http'], false],
  ['127.0.0.1.example', ['https'], true],
  ['broken', ['https'], true],
  ['mirror.example', ['https'], true],
  ['plain.example:5000', ['http'], true],
  ['plain.example', ['https'], true],
])('%s is reached by %j, with its certificate checked: %s', (host, schemes, verify) => {
  expect(accessTo(host, settings)).toEqual({ schemes, verify });
});

test('mirrors are those of Docker Hub only', () => {
  expect(placesOf('docker.io', settings)).toEqual([
    'mirror.example',
    'plain.example:5000',
    'docker.io',
  ]);
  expect(placesOf('quay.io', settings)).toEqual(['quay.io']);
});

test.each([
  ['Basic realm="a, b"', { scheme: 'basic' }],
  [
    'Bearer realm="https://a/t?x=1,2",service="r",scope="s"',
    { scheme: 'bearer', realm: 'https://a/t?x=1,2', service: 'r' },
  ],
  [
    'Basic realm="x", bearer service=r, realm="https://a"',
    { scheme: 'bearer', realm: 'https://a', service: 'r' },
  ],
  ['Negotiate', undefined],
  ['', undefined],
  [`${'"'.repeat(20)}Basic`, undefined],
])('the challenge %j is understood', (header, expected) => {
  expect(parseChallenge(header)).toEqual(expected);
});

test('a password goes to no token server without TLS', () => {
  const password = { kind: 'password', username: 'ann', password: 'secret' } as const;
  const ask = (realm: string, isPlain = false) =>
    tokenRequest({ scheme: 'bearer', realm, service: 'r' }, [{ repository: 'a' }], password, {
      name: 'registry.example',
      isPlain,
    });
  for (const realm of ['http://elsewhere.example/t', 'file:///etc/passwd', 'nonsense'])
    expect(() => ask(realm)).toThrow(expect.objectContaining({ code: 'registry-denied' }));
  expect(ask('https://auth.example/t').url.href).toBe(
    'https://auth.example/t?service=r&scope=repository%3Aa%3Apull',
  );
  expect(ask('http://auth.lan/t', true).headers).toHaveProperty('authorization');
});

test.each<[string, object, object | undefined]>([
  [
    'quay.io',
    { auths: { 'quay.io': { auth: 'YW5uOmE6Yg==' } } },
    { username: 'ann', password: 'a:b' },
  ],
  [
    'docker.io',
    { auths: { 'https://index.docker.io/v1/': { username: 'ann', password: 'p' } } },
    { username: 'ann', password: 'p' },
  ],
  ['quay.io', { auths: { 'https://quay.io/v2/': { identitytoken: 't' } } }, { kind: 'identity' }],
  ['quay.io', { auths: { 'quay.io.example': { auth: 'YW5uOmE=' } } }, undefined],
  ['quay.io', { auths: { 'quay.io': {} } }, undefined],
  ['quay.io', {}, undefined],
])('the credentials of %s in %j are found', async (registry, config, expected) => {
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  const options = { env: { DOCKER_CONFIG: folder }, timeoutMs: 500, signal: never };
  const found = await credentialsFor(registry, options);
  if (expected === undefined) expect(found).toBeUndefined();
  else expect(found).toMatchObject(expected);
});

test('a configuration that is not JSON is reported without a word of it', async () => {
  await writeFile(join(folder, 'config.json'), '{"auths": {"quay.io": {"auth": "c2VjcmV0" }');
  const options = { env: { DOCKER_CONFIG: folder }, timeoutMs: 500, signal: never };
  const error: unknown = await credentialsFor('quay.io', options).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'input-unreadable' });
  expect(String(error)).not.toContain('c2VjcmV0');
});

test('a registry has the certificates in its folder', async () => {
  const own = join(folder, 'certs', 'registry.example:5000');
  await mkdir(own, { recursive: true });
  for (const name of ['ca.crt', 'client.cert', 'client.key'])
    await writeFile(join(own, name), name);
  const folders = [join(folder, 'none'), join(folder, 'certs')];
  expect(await certificatesFor('registry.example:5000', folders)).toEqual({
    ...{ own: ['ca.crt'], cert: 'client.cert', key: 'client.key' },
  });
  expect(await certificatesFor('registry.example', folders)).toEqual({ own: [] });
});

test.each([
  ['3', 3000],
  [new Date(5000).toUTCString(), 5000],
  ['nonsense', 100],
  ['3600', undefined],
])('Retry-After: %s is followed within reason', (header, expected) => {
  const found = waitBefore(1, header, settings.times, 0);
  if (expected === undefined) expect(found).toBeUndefined();
  else expect(Math.abs((found ?? 0) - expected)).toBeLessThan(60);
});

test('a proxy of the environment is used, but not for this host', async () => {
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  // Without a scheme, as for curl and Go.
  const env = { http_proxy: `127.0.0.1:${port}` };
  const plainHttp = ['registry.invalid', '127.0.0.1:1'];
  const client = new RegistryClient({ ...settings, env, plainHttp });
  for (const host of plainHttp) {
    await expect(client.manifest(host, 'a', '1', never)).rejects.toBeDefined();
  }
  await client.close();
  proxy.closeAllConnections();
  proxy.close();
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.every((url) => url.startsWith('http://registry.invalid'))).toBe(true);
});
