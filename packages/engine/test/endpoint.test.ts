import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAddress } from '../src/address.ts';
import { sshArguments } from '../src/docker/ssh.ts';
import { endpointVariables, resolveEndpoint } from '../src/endpoint.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'endpoint-'));
});
afterEach(() => rm(home, { recursive: true }));

const pem = { ca: 'the authority', cert: 'the certificate', key: 'the key' };
async function certificates(folder: string, names: readonly (keyof typeof pem)[]): Promise<string> {
  const path = join(home, folder);
  await mkdir(path, { recursive: true });
  for (const name of names) await writeFile(join(path, `${name}.pem`), pem[name]);
  return path;
}

async function context(name: string, docker: object): Promise<string> {
  const id = createHash('sha256').update(name).digest('hex');
  const folder = join(home, '.docker/contexts/meta', id);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'meta.json'), JSON.stringify({ Name: name, Endpoints: { docker } }));
  return id;
}

test.each([
  ['unix://', { kind: 'unix', path: '/var/run/docker.sock' }],
  ['tcp://far', { kind: 'tcp', secure: false, host: 'far' }],
  ['far:2375', { kind: 'tcp', secure: false, host: 'far', port: '2375' }],
  ['https://[fe80::1]:1', { kind: 'tcp', secure: true, host: 'fe80::1', port: '1' }],
  ['ssh://far', { kind: 'ssh', host: 'far' }],
  [
    'ssh://me@far:22/run/docker%20two.sock',
    { kind: 'ssh', host: 'far', user: 'me', port: '22', path: '/run/docker two.sock' },
  ],
])('reads %s', (text, address) => {
  expect(parseAddress(text)).toEqual(address);
});

test.each(['npipe:////./pipe/x', 'ssh://me:secret@far', 'tcp://', 'ssh://far?x=1', 'tcp://u@h:1'])(
  'refuses %s without repeating a password',
  (text) => {
    let thrown: unknown;
    try {
      parseAddress(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'usage' });
    expect(JSON.stringify(thrown)).not.toContain('secret');
  },
);

test('shell syntax in an address stays one word for ssh and for the remote shell', () => {
  const words = sshArguments({ kind: 'ssh', host: '-oProxyCommand=x', path: '/a;reboot' });
  expect(words.slice(-3)).toEqual([
    '--',
    '-oProxyCommand=x',
    "docker '--host=unix:///a;reboot' system dial-stdio",
  ]);
});

test('tcp without a port means 2375, and 2376 with TLS', async () => {
  const plain = await resolveEndpoint('tcp://far', { HOME: home });
  expect(plain).toMatchObject({ address: { port: '2375' } });
  expect(plain).not.toHaveProperty('tls');
  const secure = await resolveEndpoint('https://far', { HOME: home });
  expect(secure).toMatchObject({ address: { port: '2376' }, tls: { verify: true } });
});

test.each([
  ['an address on the command line', 'tcp://far', {}],
  ['DOCKER_HOST', undefined, { DOCKER_HOST: 'tcp://far' }],
])('%s uses the certificates of the environment, and so do plugins', async (_, host, env) => {
  const folder = await certificates('certificates', ['ca', 'cert', 'key']);
  const tls = { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder };
  const endpoint = await resolveEndpoint(host, { HOME: home, ...env, ...tls });
  expect(endpoint.tls).toEqual({ folder, verify: true, ...pem });
  expect(endpointVariables(endpoint)).toEqual({
    DOCKER_HOST: 'tcp://far:2376',
    DOCKER_CONTEXT: undefined,
    DOCKER_TLS: undefined,
    ...tls,
  });
});

test('without DOCKER_CERT_PATH the certificates beside docker’s configuration are used', async () => {
  const folder = await certificates('.docker', ['ca']);
  const env = { HOME: home, DOCKER_TLS_VERIFY: '1' };
  const endpoint = await resolveEndpoint('tcp://far:1', env);
  expect(endpoint.tls).toEqual({ folder, verify: true, ca: pem.ca });
});

test('a certificate without its key is named', async () => {
  const folder = await certificates('certificates', ['ca', 'cert']);
  const env = { HOME: home, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder };
  await expect(resolveEndpoint('tcp://far', env)).rejects.toMatchObject({
    code: 'input-unreadable',
    details: { found: 'no key.pem' },
  });
});

test('a context has its own certificates, whatever the environment says', async () => {
  const id = await context('far', { Host: 'tcp://far:2376', SkipTLSVerify: false });
  const folder = await certificates(`.docker/contexts/tls/${id}/docker`, ['ca', 'cert', 'key']);
  const other = await certificates('other', ['ca']);
  const env = { HOME: home, DOCKER_CONTEXT: 'far', DOCKER_TLS: '1', DOCKER_CERT_PATH: other };
  const endpoint = await resolveEndpoint(undefined, env);
  expect(endpoint.tls).toEqual({ folder, verify: true, ...pem });
  expect(endpointVariables(endpoint)).toEqual({
    DOCKER_HOST: 'tcp://far:2376',
    DOCKER_CONTEXT: undefined,
    DOCKER_TLS: undefined,
    DOCKER_TLS_VERIFY: '1',
    DOCKER_CERT_PATH: folder,
  });
});

test('a context that checks no certificate speaks TLS, and so do plugins', async () => {
  await context('far', { Host: 'tcp://far', SkipTLSVerify: true });
  const endpoint = await resolveEndpoint(undefined, { HOME: home, DOCKER_CONTEXT: 'far' });
  expect(endpoint).toMatchObject({ tls: { verify: false }, address: { port: '2376' } });
  expect(endpointVariables(endpoint)).toMatchObject({ DOCKER_TLS: '1' });
});

test('a context with neither uses no TLS, and an unknown one is named', async () => {
  await context('near', { Host: 'ssh://me@far' });
  const near = await resolveEndpoint(undefined, { HOME: home, DOCKER_CONTEXT: 'near' });
  expect(near).toMatchObject({ address: { kind: 'ssh', user: 'me', host: 'far' } });
  expect(endpointVariables(near)).toMatchObject({ DOCKER_HOST: 'ssh://me@far' });
  await expect(
    resolveEndpoint(undefined, { HOME: home, DOCKER_CONTEXT: 'none' }),
  ).rejects.toMatchObject({ code: 'engine-unreachable', details: { subject: 'none' } });
});
