import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RegistrySettings } from '@bundle/distribution';
import { BundleError, type Environment } from '@bundle/format';
import {
  fillRegistry,
  hostArchitecture,
  type LaidOutImage,
  makeLayout,
  startTestRegistry,
  type TestRegistry,
  type TestRegistryOptions,
} from '@bundle/testkit';
import { createRegistryEngine } from '../src/registry/engine.ts';
import { RegistryImages } from '../src/registry/registry-images.ts';
import { readImages } from './read-layers.ts';

const never = new AbortController().signal;
const platform = { os: 'linux', architecture: hostArchitecture };
const big = { text: randomBytes(700_000).toString('base64'), compression: 'gzip' as const };
const images = [
  { reference: 'shop/api:1.0', layers: [big, { text: 'api', compression: 'zstd' as const }] },
  { reference: 'shop/web:1.0', layers: [big, { text: 'web' }], attested: true },
];
const password = 'pa55-word';
const basic = `Basic ${Buffer.from(`ann:${password}`).toString('base64')}`;

let folder: string;
let layout: LaidOutImage[];
let registry: TestRegistry | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'from-registry-'));
  layout = await makeLayout(join(folder, 'layout'), images);
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(async () => {
  await registry?.close();
  registry = undefined;
});

/** Starts a registry with the images, and opens it as a source. */
async function open(
  options: TestRegistryOptions = {},
  more: Partial<RegistrySettings> & { readonly env?: Environment } = {},
) {
  registry = await startTestRegistry(options);
  const { host } = registry;
  const tagged = layout.map(({ reference, topDigest }) => ({
    tag: reference.replace(/^shop\/(.*):1\.0$/, '$1'),
    topDigest,
  }));
  await fillRegistry(registry, join(folder, 'layout'), 'shop/all', tagged);
  const settings: RegistrySettings = {
    env: { HOME: '/nonexistent', PATH: process.env['PATH'] },
    ...{ plainHttp: [], insecure: [], mirrors: [], certificates: [] },
    times: { idle: 400, commit: 400, helper: 400, retry: 5, longestWait: 3000 },
    ...more,
  };
  return {
    engine: createRegistryEngine(new RegistryImages(settings, platform), never),
    host,
    registry,
  };
}

/** Reads an image with all of its layers; returns their digests. */
async function readAll({ engine, host }: Awaited<ReturnType<typeof open>>, tag = 'api') {
  const reference = `${host}/shop/all:${tag}`;
  const image = await engine.inspectImage(reference);
  return { image, ...(await readImages(engine, [reference], never)) };
}

/** Returns the code and the whole text of the error. */
async function failure(work: Promise<unknown>): Promise<{ code: string; text: string }> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof BundleError)) throw new Error(`no BundleError: ${String(error)}`);
  return { code: error.code, text: JSON.stringify([error.message, error.details]) };
}

const isBlob = ({ url = '' }: IncomingMessage): boolean => url.includes('/blobs/');
const refuse = (status: number, headers: Record<string, string> = {}) => {
  return (_: IncomingMessage, response: ServerResponse): boolean => {
    response.writeHead(status, headers).end('{"errors":[{"code":"NO","message":"not now"}]}');
    return true;
  };
};
const onlyPing = (request: IncomingMessage, response: ServerResponse): boolean => {
  if (request.url !== '/v2/') return false;
  response.end('{}');
  return true;
};

async function withLogin(auth: Record<string, string>): Promise<Environment> {
  const config = await mkdtemp(join(folder, 'config-'));
  const auths = Object.fromEntries(Object.entries(auth).map(([key, one]) => [key, { auth: one }]));
  await writeFile(join(config, 'config.json'), JSON.stringify({ auths }));
  return { DOCKER_CONFIG: config, PATH: process.env['PATH'] };
}
const loginTo = (host: string): Promise<Environment> => withLogin({ [host]: basic.slice(6) });

test('an image comes with its digests, its documents and its layers as they are', async () => {
  const { image, layers, blobs } = await readAll(await open());
  expect(image).toMatchObject({ id: layout[0]?.topDigest, diffIds: layout[0]?.diffIds });
  expect(layers).toEqual(layout[0]?.layerDigests);
  expect([...blobs.keys()]).toEqual([layout[0]?.topDigest, layout[0]?.configDigest]);
});

test('an image comes from a registry with an IPv6 address', async () => {
  const { layers } = await readAll(await open({ address: '::1' }));
  expect(layers).toEqual(layout[0]?.layerDigests);
});

test('attestations of an image come with it', async () => {
  const { blobs } = await readAll(await open(), 'web');
  const types = [...blobs.values()].map((bytes) => JSON.parse(bytes.toString()));
  // Index, image manifest, config; manifest, config and statement of the attestation.
  expect(types).toHaveLength(6);
});

test('a blob whose connection is cut again and again is read to its end, from where it was cut', async () => {
  const starts: string[] = [];
  const source = await open({
    fault(request, response) {
      if (!isBlob(request) || !request.url?.includes(layout[0]?.layerDigests[0] ?? '?'))
        return false;
      const bytes = source.registry.content.get(layout[0]?.layerDigests[0] ?? '') ?? Buffer.of();
      const range = request.headers.range ?? 'bytes=0-';
      starts.push(range);
      const start = Number(/\d+/.exec(range)?.[0]);
      response.writeHead(start === 0 ? 200 : 206, {
        'content-length': bytes.length - start,
        'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}`,
      });
      const rest = bytes.length - start;
      response.write(bytes.subarray(start, start + Math.min(rest, 100_000)), () =>
        rest <= 100_000 ? response.end() : response.destroy(),
      );
      return true;
    },
  });
  const { layers } = await readAll(source);
  expect(layers).toEqual(layout[0]?.layerDigests);
  expect(starts.length).toBeGreaterThan(5);
  expect(starts[1]).not.toBe('bytes=0-');
});

test('a registry that knows no ranges sends a cut blob again from its start', async () => {
  let cuts = 2;
  const source = await open({
    fault(request, response) {
      delete request.headers.range;
      if (!isBlob(request) || !request.url?.includes(layout[0]?.layerDigests[0] ?? '?'))
        return false;
      if (cuts === 0) return false;
      cuts -= 1;
      const bytes = source.registry.content.get(layout[0]?.layerDigests[0] ?? '') ?? Buffer.of();
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 200_000), () => response.destroy());
      return true;
    },
  });
  expect((await readAll(source)).layers).toEqual(layout[0]?.layerDigests);
});

test('a blob that never comes any further ends with how far it came', async () => {
  const source = await open({
    fault(request, response) {
      if (!isBlob(request) || !request.url?.includes(layout[0]?.layerDigests[0] ?? '?'))
        return false;
      response.writeHead(200, { 'content-length': 999_999 });
      response.write('x', () => response.destroy());
      return true;
    },
  });
  expect(await failure(readAll(source))).toMatchObject({ code: 'registry-unreachable' });
});

test('a registry that stops sending is given up after a while', async () => {
  const source = await open({
    fault: (request) => isBlob(request),
  });
  const { code, text } = await failure(readAll(source));
  expect({ code, text }).toMatchObject({
    code: 'registry-unreachable',
    text: expect.stringContaining('nothing came for'),
  });
});

test('a registry that is down is named, with what to check', async () => {
  const source = await open();
  await source.registry.close();
  const { code, text } = await failure(readAll(source));
  expect(code).toBe('registry-unreachable');
  expect(text).toContain(`Check that ${source.host} runs`);
});

test.each<[string, (bytes: Buffer) => Buffer]>([
  ['other bytes', (bytes) => Buffer.from(bytes.map((byte) => byte ^ 1))],
  ['bytes too many', (bytes) => Buffer.concat([bytes, Buffer.from('x')])],
])('a layer with %s is not taken', async (_, spoil) => {
  const source = await open();
  const digest = layout[0]?.layerDigests[0] ?? '';
  const bytes = source.registry.content.get(digest) ?? Buffer.of();
  source.registry.content.set(digest, spoil(bytes));
  const { code, text } = await failure(readAll(source));
  expect(code).toBe('digest-mismatch');
  expect(text).toContain(digest);
});

test('a manifest or config with another digest is not taken', async () => {
  const source = await open({
    fault(request, response) {
      if (!request.url?.includes('/manifests/')) return false;
      response.writeHead(200, { 'docker-content-digest': `sha256:${'0'.repeat(64)}` });
      response.end(source.registry.content.get(layout[0]?.topDigest ?? ''));
      return true;
    },
  });
  expect(await failure(readAll(source))).toMatchObject({ code: 'digest-mismatch' });
});

test.each([
  [401, 'registry-denied', 'docker login'],
  [403, 'registry-denied', 'Ask for access'],
  [404, 'image-not-found', 'Check the name'],
  [429, 'registry-failed', 'limits requests'],
  [500, 'registry-failed', 'not now'],
])('status %d ends with %s and what to do', async (status, code, words) => {
  const source = await open({
    fault: (request, response) => onlyPing(request, response) || refuse(status)(request, response),
  });
  const found = await failure(readAll(source));
  expect(found).toMatchObject({ code, text: expect.stringContaining(words) });
  expect(found.text).toContain(`status ${status}`);
});

test('a registry that asks to wait gets asked again after that', async () => {
  let refusals = 2;
  const source = await open({
    fault(request, response) {
      if (!isBlob(request) || refusals === 0) return false;
      refusals -= 1;
      return refuse(429, { 'retry-after': '0' })(request, response);
    },
  });
  expect((await readAll(source)).layers).toHaveLength(2);
});

test('a registry that asks to wait for an hour is not waited for', async () => {
  const source = await open({
    fault: (request, response) =>
      onlyPing(request, response) || refuse(429, { 'retry-after': '3600' })(request, response),
  });
  const { text } = await failure(readAll(source));
  expect(text).toContain('after 3600 s');
  expect(source.registry.requests.filter((one) => one.includes('manifests'))).toHaveLength(1);
});

test('basic authentication uses what docker login wrote', async () => {
  const fault = (request: IncomingMessage, response: ServerResponse): boolean =>
    request.headers.authorization !== basic &&
    refuse(401, { 'www-authenticate': 'Basic realm="registry"' })(request, response);
  registry = await startTestRegistry();
  await registry.close();
  const source = await open({ fault });
  expect((await failure(readAll(source))).code).toBe('registry-denied');
  const { env } = { env: await loginTo(source.host) };
  const settings: RegistrySettings = {
    ...{ env, plainHttp: [], insecure: [], mirrors: [], certificates: [] },
    times: { idle: 400, commit: 400, helper: 400, retry: 5, longestWait: 3000 },
  };
  const engine = createRegistryEngine(new RegistryImages(settings, platform), never);
  expect((await readAll({ ...source, engine })).layers).toHaveLength(2);
});

/** A registry whose tokens last for some requests only. */
function withTokens(uses: number) {
  const issued = new Map<string, number>();
  const state = { tokens: 0, passwords: [] as string[] };
  const fault = (request: IncomingMessage, response: ServerResponse): boolean => {
    const { authorization = '', host } = request.headers;
    if (request.url?.startsWith('/token?')) {
      state.passwords.push(authorization);
      const token = `token-${++state.tokens}`;
      issued.set(`Bearer ${token}`, uses);
      response.end(JSON.stringify({ token, expires_in: 300 }));
      return true;
    }
    const left = issued.get(authorization) ?? 0;
    issued.set(authorization, left - 1);
    if (left > 0) return false;
    const challenge = `Bearer realm="http://${host}/token",service="a \\"b\\"",scope="x"`;
    return refuse(401, { 'www-authenticate': challenge })(request, response);
  };
  return { fault, state };
}

test('a token that expires in the middle is replaced', async () => {
  const { fault, state } = withTokens(2);
  expect((await readAll(await open({ fault }))).layers).toHaveLength(2);
  expect(state.tokens).toBeGreaterThan(1);
});

test('one token serves all requests to a repository', async () => {
  const { fault, state } = withTokens(1000);
  await readAll(await open({ fault }));
  expect(state.tokens).toBe(1);
});

test('a redirect elsewhere is followed without credentials', async () => {
  const elsewhere = await startTestRegistry({
    fault(_, response) {
      response.end(registry?.content.get(layout[0]?.layerDigests[0] ?? ''));
      return true;
    },
  });
  const { fault } = withTokens(1000);
  const source = await open({
    fault(request, response) {
      if (fault(request, response)) return true;
      if (!request.url?.includes(layout[0]?.layerDigests[0] ?? '?')) return false;
      response.writeHead(307, { location: `http://${elsewhere.host}/storage?signature=1` }).end();
      return true;
    },
  });
  expect((await readAll(source)).layers).toEqual(layout[0]?.layerDigests);
  expect(elsewhere.headers.map(({ authorization }) => authorization)).toEqual([undefined]);
  await elsewhere.close();
});

test.each([
  ['to another scheme', 'file:///etc/passwd'],
  ['in a circle', '/v2/shop/all/manifests/api'],
])('a redirect %s is not followed forever', async (_, location) => {
  const source = await open({
    fault(request, response) {
      if (onlyPing(request, response)) return true;
      response.writeHead(302, { location }).end();
      return true;
    },
  });
  expect(await failure(readAll(source))).toMatchObject({ code: 'registry-failed' });
});

describe('a credential helper', () => {
  /** Makes a helper of this script, and the configuration that names it. */
  async function helper(script: string | undefined): Promise<Environment> {
    const config = await mkdtemp(join(folder, 'helper-'));
    await writeFile(join(config, 'config.json'), JSON.stringify({ credsStore: 'test' }));
    const bin = join(config, 'bin');
    await mkdir(bin);
    if (script !== undefined) {
      await writeFile(join(bin, 'docker-credential-test'), `#!/bin/sh\n${script}\n`);
      await chmod(join(bin, 'docker-credential-test'), 0o755);
    }
    return { DOCKER_CONFIG: config, PATH: `${bin}:/usr/bin:/bin` };
  }
  const fault = (request: IncomingMessage, response: ServerResponse): boolean =>
    request.headers.authorization !== basic &&
    refuse(401, { 'www-authenticate': 'basic realm=x' })(request, response);

  test('gives the password', async () => {
    const answer = `{"ServerURL":"x","Username":"ann","Secret":"${password}"}`;
    const env = await helper(`cat >/dev/null; echo '${answer}'`);
    expect((await readAll(await open({ fault }, { env }))).layers).toHaveLength(2);
  });

  test.each<[string, string | undefined, string]>([
    ['that is missing', undefined, 'no such program'],
    ['that hangs', `echo ${password}; sleep 60 & wait`, 'no answer for 1 s'],
    ['that fails', `echo ${password}; echo ${password} >&2; exit 3`, 'an exit with code 3'],
    ['that answers nonsense', `echo '{"Secret": "${password}"}'`, 'not valid'],
    ['that never stops answering', `yes ${password}`, 'too long'],
  ])('%s is named, and its output is not shown', async (_, script, words) => {
    const env = await helper(script);
    const { code, text } = await failure(readAll(await open({ fault }, { env })));
    expect(code).toBe('registry-denied');
    expect(text).toContain('docker-credential-test');
    expect(text).toContain(words);
    expect(text).not.toContain(password);
  });

  test('that has nothing for this registry means no credentials', async () => {
    const env = await helper('echo credentials not found in native keychain; exit 1');
    const { text } = await failure(readAll(await open({ fault }, { env })));
    expect(text).toContain('docker login');
  });
});

test('a platform that the image lacks is named with those that it has', async () => {
  const source = await open();
  const other = { os: 'linux', architecture: 'riscv64' };
  const settings: RegistrySettings = {
    env: { HOME: '/nonexistent' },
    ...{ plainHttp: [], insecure: [], mirrors: [], certificates: [] },
    times: { idle: 400, commit: 400, helper: 400, retry: 5, longestWait: 3000 },
  };
  const engine = createRegistryEngine(new RegistryImages(settings, other), never);
  for (const tag of ['api', 'web']) {
    const { code, text } = await failure(readAll({ ...source, engine }, tag));
    expect(code).toBe('platform-mismatch');
    expect(text).toContain(`linux/${hostArchitecture}`);
  }
});

test.each([
  ['a manifest of version 1', '{"schemaVersion": 1, "fsLayers": []}', 'version 1'],
  ['a page', '<html>Sign in</html>', 'another document'],
])('%s is refused', async (_, body, words) => {
  const source = await open({
    fault(request, response) {
      if (!request.url?.includes('/manifests/')) return false;
      response.end(body);
      return true;
    },
  });
  const { code, text } = await failure(readAll(source));
  expect({ code, text }).toMatchObject({
    code: 'registry-failed',
    text: expect.stringContaining(words),
  });
});

test('a mirror of Docker Hub is asked first, and what it lacks comes from Docker Hub', async () => {
  const mirror = await startTestRegistry();
  const { engine } = await open({}, { mirrors: [`http://${mirror.host}`] });
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 1000);
  await engine.openImages(['nginx:1'], undefined, stop.signal).catch(() => undefined);
  expect(mirror.requests).toContain('GET /v2/library/nginx/manifests/1');
  await mirror.close();
});

test('where neither a mirror nor Docker Hub has an image, the error says why each failed', async () => {
  const mirror = await startTestRegistry();
  // Nothing listens there, so Docker Hub cannot be reached.
  const env = { HTTPS_PROXY: '127.0.0.1:1' };
  const { engine } = await open({}, { mirrors: [`http://${mirror.host}`], env });
  const { code, text } = await failure(engine.inspectImage('nginx:1'));
  expect(code).toBe('registry-unreachable');
  expect(text).toContain('ECONNREFUSED');
  expect(text).toContain(`; the mirror ${mirror.host}: status 404`);
  await mirror.close();
});
