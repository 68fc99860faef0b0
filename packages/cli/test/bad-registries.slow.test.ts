import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  dockerRegistryProgram,
  fillRegistry,
  hasSmallDisks,
  hostArchitecture,
  type LaidOutImage,
  makeLayout,
  startDockerRegistry,
  startTestRegistry,
  type TestRegistry,
  withSmallDisk,
} from '@bundle/testkit';
import { bundle, finished, startBundle } from './run-bundle.ts';

// What a user of the command sees of registries that misbehave. What needs shorter waiting times than the command has is
// in packages/engine/test/registry.test.ts and packages/push/test.

type Fault = (request: IncomingMessage, response: ServerResponse) => boolean;
interface Row {
  readonly fault?: Fault;
  /** Exit code, and what the message says. */
  readonly code: number;
  readonly words?: readonly (string | RegExp)[];
  readonly env?: () => Promise<Record<string, string>>;
  readonly more?: readonly string[];
}

const user = 'ann:pa55-word';
const basic = `Basic ${Buffer.from(user).toString('base64')}`;
const big = { text: randomBytes(600_000).toString('base64'), compression: 'gzip' as const };
let folder: string;
let image: LaidOutImage;
/** What the registry does instead of answering. */
let fault: Fault = () => false;
let registry: TestRegistry;
let elsewhere: TestRegistry;
const file = (name: string): string => join(folder, name);
const layer = (): string => image.layerDigests[0] ?? '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bad-registries-'));
  [image = image] = await makeLayout(file('layout'), [
    { reference: 'shop/api:1', layers: [big, { text: 'api', compression: 'gzip' }] },
  ]);
  await writeFile(file('local.yml'), 'name: shop\nservices: {api: {image: "shop/api:1"}}\n');
  const packed = ['export', file('local.yml'), '--from', `oci:${file('layout')}`];
  expect(await bundle([...packed, '-o', file('shop.tar'), '--no-runtime'])).toMatchObject({
    code: 0,
  });
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  fault = () => false;
  registry = await startTestRegistry({ fault: (...both) => fault(...both) });
  elsewhere = await startTestRegistry({
    fault(request, response) {
      request.resume();
      response.end(request.method === 'GET' ? registry.content.get(layer()) : undefined);
      return true;
    },
  });
  await fillRegistry(registry, file('layout'), 'shop/api', [
    { tag: '1', topDigest: image.topDigest },
  ]);
});
afterEach(async () => {
  await registry.close();
  await elsewhere.close();
});

const about = (part: string, { url = '' }: IncomingMessage): boolean => url.includes(part);
const answer =
  (status: number, headers: Record<string, string> = {}, body = ''): Fault =>
  (request, response) => {
    if (request.url === '/v2/') return false;
    request.resume();
    response.writeHead(status, headers).end(body);
    return true;
  };
/** Faults only these requests, at most so many times. */
const only =
  (part: string, other: Fault, times = Number.POSITIVE_INFINITY): Fault =>
  (request, response) =>
    about(part, request) && times-- > 0 && other(request, response);
const instead =
  (bytes: (own: Buffer) => Buffer): Fault =>
  (request, response) => {
    const digest = /sha256:\w+/.exec(request.url ?? '')?.[0] ?? image.topDigest;
    response.end(bytes(registry.content.get(digest) ?? Buffer.of()));
    return true;
  };
const flipped = instead((own) => Buffer.from(own.map((byte) => byte ^ 1)));
/** Sends at most this much of a blob, then cuts the connection. */
const cutAfter =
  (bytes: number): Fault =>
  (request, response) => {
    const own =
      registry.content.get(/sha256:\w+/.exec(request.url ?? '')?.[0] ?? '') ?? Buffer.of();
    const start = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0);
    response.writeHead(start === 0 ? 200 : 206, {
      'content-length': own.length - start,
      'content-range': `bytes ${start}-${own.length - 1}/${own.length}`,
    });
    if (own.length - start <= bytes) response.end(own.subarray(start));
    else response.write(own.subarray(start, start + bytes), () => response.destroy());
    return true;
  };
const trickle: Fault = (request, response) => {
  const own = registry.content.get(/sha256:\w+/.exec(request.url ?? '')?.[0] ?? '') ?? Buffer.of();
  response.writeHead(200, { 'content-length': own.length });
  const send = (start: number): void => {
    if (start >= own.length) response.end();
    else
      response.write(own.subarray(start, start + 20_000), () =>
        setTimeout(send, 10, start + 20_000),
      );
  };
  send(0);
  return true;
};
/** Wants a token, and takes each one for so many requests. */
function withTokens(uses: number): Fault {
  let left = 0;
  return (request, response) => {
    if (request.url?.startsWith('/token')) {
      left = uses;
      response.end('{"token":"t","expires_in":300}');
      return true;
    }
    if (request.headers.authorization === 'Bearer t' && left-- > 0) return false;
    request.resume();
    const realm = `http://${request.headers.host}/token`;
    response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="r"` }).end();
    return true;
  };
}
const wantsLogin: Fault = (request, response) => {
  if (request.headers.authorization === basic) return false;
  request.resume();
  response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
  return true;
};
/** A docker configuration whose helper is this script, or that has none. */
async function helper(script?: string): Promise<Record<string, string>> {
  const config = await mkdtemp(file('helper-'));
  await writeFile(join(config, 'config.json'), '{"credsStore":"test"}');
  await mkdir(join(config, 'bin'));
  const program = join(config, 'bin/docker-credential-test');
  if (script !== undefined) await writeFile(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { DOCKER_CONFIG: config, PATH: `${join(config, 'bin')}:${process.env['PATH']}` };
}
async function wrongLogin(): Promise<Record<string, string>> {
  const config = await mkdtemp(file('login-'));
  const auth = Buffer.from('ann:wr0ng').toString('base64');
  await writeFile(
    join(config, 'config.json'),
    JSON.stringify({ auths: { [registry.host]: { auth } } }),
  );
  return { DOCKER_CONFIG: config };
}

async function exportArgs(output: string, more: readonly string[] = []): Promise<string[]> {
  const compose = `name: shop\nservices: {api: {image: "${registry.host}/shop/api:1"}}\n`;
  await writeFile(file('compose.yml'), compose);
  const args = ['export', file('compose.yml'), '--from', 'registry', '-o', file(output)];
  return [...args, '--no-runtime', '--force', ...more];
}
const leftOvers = async (output: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.includes(output));

const denied = ['docker login'];
const exports: Record<string, Row> = {
  'that refuses connections': { code: 110, words: ['Check that 127.0.0.1:', 'runs'] },
  'whose blobs never come any further': {
    fault: only('/blobs/sha256', cutAfter(10)),
    code: 110,
    words: [/\d+ bytes, then several times/, 'layers that are complete are kept'],
  },
  'with another layer under the digest': {
    fault: (...both) => only(layer(), flipped)(...both),
    code: 51,
    words: ['expected: sha256:', 'push the image again'],
  },
  'with a layer that is too long': {
    fault: (...both) =>
      only(
        layer(),
        instead((own) => Buffer.concat([own, own])),
      )(...both),
    code: 51,
    words: ['more than'],
  },
  'with another manifest under the digest': {
    fault: only(
      '/manifests/',
      answer(200, { 'docker-content-digest': `sha256:${'0'.repeat(64)}` }, '{}'),
    ),
    code: 51,
    words: ['run the command again'],
  },
  'with another config under the digest': {
    fault: (...both) => only(image.configDigest, flipped)(...both),
    code: 51,
    words: [/sha256:/],
  },
  'that answers with a page': {
    fault: answer(200, { 'content-type': 'text/html' }, '<html>Sign in</html>'),
    code: 112,
    words: ['another document'],
  },
  'that wants a login': { fault: wantsLogin, code: 111, words: denied },
  'that refuses the password': { fault: wantsLogin, env: wrongLogin, code: 111, words: denied },
  'that forbids reading': { fault: answer(403), code: 111, words: ['Ask for access'] },
  'that has no such image': { fault: answer(404), code: 20, words: ['Check the name and the tag'] },
  'that limits requests for an hour': {
    fault: answer(429, { 'retry-after': '3600' }),
    code: 112,
    words: ['after 3600 s'],
  },
  'that limits requests for two seconds': {
    fault: only('/manifests/', answer(429, { 'retry-after': '2' }), 1),
    code: 0,
  },
  'that is slow': { fault: only('/blobs/sha256', trickle), code: 0 },
  'that cuts the connection in every blob': {
    fault: only('/blobs/sha256', cutAfter(200_000)),
    code: 0,
  },
  'whose tokens expire in the middle': { fault: withTokens(2), code: 0 },
  'that leads in a circle': {
    fault: answer(307, { location: '/v2/shop/api/manifests/1' }),
    code: 112,
    words: ['after a few redirects'],
  },
  'whose credential helper is missing': {
    fault: wantsLogin,
    env: () => helper(),
    code: 111,
    words: ['docker-credential-test', 'no such program on PATH', 'credsStore'],
  },
  'whose credential helper fails': {
    fault: wantsLogin,
    env: () => helper('echo pa55-word >&2; exit 4'),
    code: 111,
    words: ['an exit with code 4'],
  },
  'without an image for the platform': {
    code: 60,
    more: ['--platform', 'linux/riscv64'],
    words: ['linux/riscv64', `linux/${hostArchitecture}`],
  },
};

test.each(Object.entries(exports))('an export from a registry %s', async (what, row) => {
  fault = row.fault ?? fault;
  const env = (await row.env?.()) ?? {};
  const args = await exportArgs('out.tar', row.more);
  if (what === 'that refuses connections') await registry.close();
  const { code, stderr } = await bundle(args, { env });
  expect({ code, stderr }).toMatchObject({ code: row.code });
  for (const words of row.words ?? [])
    expect(stderr).toMatch(typeof words === 'string' ? literal(words) : words);
  expect(stderr).not.toMatch(/pa55-word|wr0ng/);
  if (row.code === 0) expect(await bundle(['verify', file('out.tar')])).toMatchObject({ code: 0 });
  else expect(await leftOvers('out.tar')).toEqual([]);
  await rm(file('out.tar'), { force: true });
});

test('a redirect of a layer to another host carries no credentials there', async () => {
  const tokens = withTokens(1000);
  fault = (request, response) =>
    tokens(request, response) ||
    only(layer(), answer(307, { location: `http://${elsewhere.host}/storage?signature=1` }))(
      request,
      response,
    );
  const { code, stderr } = await bundle(await exportArgs('redirected.tar'));
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(elsewhere.headers.map(({ authorization }) => authorization)).toEqual([undefined]);
});

test('Ctrl-C ends an export at once while a credential helper hangs', async () => {
  fault = wantsLogin;
  const env = await helper(`touch ${file('asked')}; sleep 100`);
  const child = startBundle(await exportArgs('hanging.tar'), { env });
  const result = finished(child);
  while (!(await leftOvers('asked')).includes('asked')) await wait(20);
  const started = performance.now();
  child.kill('SIGINT');
  expect((await result).code).toBe(130);
  expect(performance.now() - started).toBeLessThan(5000);
  expect(await leftOvers('hanging.tar')).toEqual([]);
});

const isUpload = 'blobs/uploads';
const pushes: Record<string, Row> = {
  'that refuses connections': { code: 110, words: ['Check that 127.0.0.1:'] },
  'that wants a login': { fault: wantsLogin, code: 111, words: denied },
  'that forbids writing': {
    fault: only(isUpload, answer(403)),
    code: 111,
    words: ['Ask for access'],
  },
  'that is read-only': { fault: only(isUpload, answer(405)), code: 112, words: ['status 405'] },
  'that takes no large layers': {
    fault: only(isUpload, answer(413)),
    code: 112,
    words: ['limits the size of blobs'],
  },
  'that limits requests for an hour': {
    fault: only(isUpload, answer(429, { 'retry-after': '3600' })),
    code: 112,
    words: ['after 3600 s'],
  },
  'that limits requests for a second': {
    fault: only(isUpload, answer(429, { 'retry-after': '1' }), 2),
    code: 0,
  },
  'whose tokens expire in the middle': { fault: withTokens(5), code: 0 },
  'whose credential helper is missing': {
    fault: wantsLogin,
    env: () => helper(),
    code: 111,
    words: ['no such program on PATH'],
  },
};

test.each(Object.entries(pushes))('a push into a registry %s', async (what, row) => {
  fault = row.fault ?? fault;
  const env = (await row.env?.()) ?? {};
  registry.tags.clear();
  if (what === 'that refuses connections') await registry.close();
  const { code, stderr } = await bundle(['push', file('shop.tar'), `${registry.host}/team`], {
    env,
  });
  expect({ code, stderr }).toMatchObject({ code: row.code });
  for (const words of row.words ?? [])
    expect(stderr).toMatch(typeof words === 'string' ? literal(words) : words);
  expect([...registry.tags.keys()]).toEqual(row.code === 0 ? ['team/shop/api:1'] : []);
});

(dockerRegistryProgram !== undefined && hasSmallDisks ? test : test.skip)(
  'a push into a real registry whose disk is full',
  async () => {
    await withSmallDisk(400 * 1024, async (disk) => {
      const full = await startDockerRegistry(join(disk, 'registry'), 'plain');
      try {
        const { code, stderr } = await bundle(['push', file('shop.tar'), `${full.host}/team`]);
        expect({ code, stderr }).toMatchObject({ code: 112 });
        expect(stderr).toContain('is its disk full?');
      } finally {
        await full.stop();
      }
    });
  },
);

test.each([
  ['oci-archive', 'not an archive at all', 'the archive'],
  ['docker-archive', '', 'the archive'],
])('an archive of another format, read as %s, is named', async (kind, text) => {
  await writeFile(file('other.tar'), text);
  const args = ['export', file('local.yml'), '--from', `${kind}:${file('other.tar')}`];
  const { code, stderr } = await bundle([...args, '-o', file('none.tar'), '--no-runtime']);
  expect({ code, stderr }).toMatchObject({ code: 45 });
  expect(stderr).toContain(file('other.tar'));
  expect(await leftOvers('none.tar')).toEqual([]);
});

function literal(text: string): RegExp {
  return new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
}
