import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RegistrySettings } from '@bundle/distribution';
import {
  BundleError,
  type BundleManifest,
  bundleManifestSchema,
  digestOf,
  hexOf,
} from '@bundle/format';
import {
  type LaidOutImage,
  startTestRegistry,
  type TestRegistry,
  type TestRegistryOptions,
} from '@bundle/testkit';
import { type OpenedBundle, openManifest } from '@bundle/verify';
import { buildBundle } from '../../registry/test/fixture.ts';
import { composeOverride } from '../src/compose-override.ts';
import { pushBundle } from '../src/push-bundle.ts';
import { parseTarget } from '../src/target.ts';

const big = { text: randomBytes(700_000).toString('base64'), compression: 'gzip' as const };
const gz = (text: string) => ({ text, compression: 'gzip' as const });
let folder: string;
let bundle: OpenedBundle;
let images: readonly LaidOutImage[];
let registry: TestRegistry | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'push-'));
  const path = join(folder, 'shop.tar');
  ({ images } = await buildBundle(path, [
    { reference: 'ghcr.io/shop/api:1.0', layers: [big, gz('api')], attested: true },
    { reference: 'web:2.0', layers: [big, gz('web')] },
  ]));
  bundle = await openManifest(path);
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(async () => {
  await registry?.close();
  registry = undefined;
});

async function start(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  registry = await startTestRegistry(options);
  return registry;
}

const push = (to: TestRegistry, what: OpenedBundle = bundle, dryRun = false) => {
  const settings: RegistrySettings = {
    env: { HOME: '/nonexistent' },
    ...{ plainHttp: [], insecure: [], mirrors: [], certificates: [] },
    times: { idle: 1000, commit: 1000, helper: 400, retry: 5, longestWait: 3000 },
  };
  const onProgress = (): void => undefined;
  const { signal } = new AbortController();
  const target = parseTarget(`${to.host}/team`);
  return pushBundle(what, { target, settings, dryRun, onProgress, signal });
};
const failure = async (work: Promise<unknown>): Promise<BundleError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof BundleError) return error;
  throw new Error(`no BundleError: ${String(error)}`);
};
const imageAt = (index: number): LaidOutImage => {
  const image = images[index];
  if (image === undefined) throw new Error('no image');
  return image;
};
const bigDigest = () => imageAt(0).layerDigests[0] ?? 'sha256:';
const apiTop = () => imageAt(0).topDigest;
const webTop = () => imageAt(1).topDigest;
const uploadsOf = ({ requests }: TestRegistry): string[] =>
  requests.filter((one) => one.startsWith('PATCH'));

test('row 66: images come into an empty registry with the digests of the bundle, and the tags come last', async () => {
  const to = await start();
  const report = await push(to);
  expect(to.tags).toEqual(
    new Map([
      ['team/shop/api:1.0', apiTop()],
      ['team/web:2.0', webTop()],
    ]),
  );
  expect(report.images.map(({ pushed }) => pushed)).toEqual([
    `${to.host}/team/shop/api:1.0@${apiTop()}`,
    `${to.host}/team/web:2.0@${webTop()}`,
  ]);
  const last = to.requests.slice(-2).toSorted();
  expect(last).toEqual(['PUT /v2/team/shop/api/manifests/1.0', 'PUT /v2/team/web/manifests/2.0']);
});

test('a registry may have an IPv6 address', async () => {
  const to = await start({ address: '::1' });
  const report = await push(to);
  expect(to.host).toMatch(/^\[::1\]:\d+$/);
  expect([...to.tags.keys()]).toEqual(['team/shop/api:1.0', 'team/web:2.0']);
  expect(report.images[0]?.pushed).toBe(`${to.host}/team/shop/api:1.0@${apiTop()}`);
});

test('a layer that two images have is uploaded once, and mounted for the other one', async () => {
  const to = await start();
  const report = await push(to);
  expect(report.mounted.blobs).toBe(1);
  expect(
    to.requests.filter((one) => one.includes(`mount=${encodeURIComponent(bigDigest())}`)),
  ).toHaveLength(1);
  // Two layers of their own, the shared one, two configs, config and statement of the attestation.
  expect(uploadsOf(to)).toHaveLength(7);
});

test('a registry that mounts nothing gets the layer for each image', async () => {
  const to = await start({
    fault(request) {
      request.url = request.url?.replace(/\?mount=.*/, '') ?? '';
      return false;
    },
  });
  await push(to);
  expect(uploadsOf(to)).toHaveLength(8);
  expect(to.tags.size).toBe(2);
});

test('a second push sends nothing', async () => {
  const to = await start();
  await push(to);
  to.requests.length = 0;
  const report = await push(to);
  expect(report).toMatchObject({ uploaded: { blobs: 0 }, images: [{ unchanged: true }, {}] });
  expect(to.requests.filter((one) => !/^(HEAD|GET)/.test(one))).toEqual([]);
});

test('only what a half-filled registry lacks is sent', async () => {
  const to = await start();
  await push(to);
  to.tags.delete('team/web:2.0');
  to.repositories.delete('team/web');
  to.requests.length = 0;
  const report = await push(to);
  expect(report).toMatchObject({ uploaded: { blobs: 2 }, mounted: { blobs: 1 } });
  expect(report.images.map(({ unchanged }) => unchanged)).toEqual([true, false]);
  expect(to.tags.get('team/web:2.0')).toBe(webTop());
});

test('a dry run says what would be sent, and changes nothing', async () => {
  const to = await start();
  const report = await push(to, bundle, true);
  expect(report.uploaded.blobs).toBe(7);
  expect(to.requests.filter((one) => !/^(HEAD|GET)/.test(one))).toEqual([]);
});

test('row 66: an upload that is cut again and again goes on from what the registry has', async () => {
  const received: number[] = [];
  const to = await start({
    fault(request) {
      const length = Number(request.headers['content-length'] ?? 0);
      if (request.method !== 'PATCH' || length < 200_000) return false;
      received.push(length);
      let seen = 0;
      request.on('data', (chunk: Buffer) => {
        seen += chunk.length;
        if (seen > 150_000) request.destroy();
      });
      return false;
    },
  });
  await push(to);
  expect(received.length).toBeGreaterThan(2);
  // Each time less: nothing is sent twice.
  expect(new Set(received).size).toBe(received.length);
  expect(received.toSorted((a, b) => b - a)).toEqual(received);
  expect(to.content.has(bigDigest())).toBe(true);
});

const answerWith =
  (status: number, when: (request: IncomingMessage) => boolean, times = Infinity) =>
  (request: IncomingMessage, response: ServerResponse): boolean => {
    if (!when(request) || times-- <= 0) return false;
    request.resume();
    response.writeHead(status).end('{"errors":[{"code":"UNKNOWN","message":"no space left"}]}');
    return true;
  };
const isPatch = ({ method }: IncomingMessage): boolean => method === 'PATCH';

test.each([500, 503, 429])(
  'an upload that fails with %d for a while is tried again',
  async (status) => {
    const to = await start({ fault: answerWith(status, isPatch, 3) });
    await push(to);
    expect(to.tags.size).toBe(2);
  },
);

test.each<[string, number, string, string]>([
  ['whose disk is full', 500, 'registry-failed', 'no space left'],
  ['that refuses writing', 403, 'registry-denied', 'Ask for access'],
  ['that takes no large layers', 413, 'registry-failed', 'limits the size'],
])('a registry %s gets no tag, and the error says so', async (_, status, code, words) => {
  const to = await start({ fault: answerWith(status, isPatch) });
  const error = await failure(push(to));
  expect(error.code).toBe(code);
  expect(JSON.stringify(error.details)).toContain(words);
  expect(to.tags.size).toBe(0);
  expect(to.requests.filter((one) => one.includes('PUT') && one.includes('manifests'))).toEqual([]);
});

test('a token that expires during an upload is replaced', async () => {
  let left = 0;
  let tokens = 0;
  const to = await start({
    fault(request, response) {
      if (request.url?.startsWith('/token')) {
        left = 14;
        tokens += 1;
        response.end('{"token":"t"}');
        return true;
      }
      if (request.headers.authorization === 'Bearer t' && left-- > 0) return false;
      request.resume();
      const challenge = `Bearer realm="http://${request.headers.host}/token",service="r"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
      return true;
    },
  });
  await push(to);
  expect(to.tags.size).toBe(2);
  expect(tokens).toBeGreaterThan(3);
});

test('a registry that is down is named, with what to check', async () => {
  const to = await start();
  await to.close();
  const error = await failure(push(to));
  expect(error.code).toBe('registry-unreachable');
  expect(JSON.stringify(error.details)).toContain(to.host);
});

test('a registry that stops answering in the middle of an upload is given up, without a tag', async () => {
  const to = await start({
    // It reads everything and says nothing.
    fault: (request) => isPatch(request) && request.resume() === request,
  });
  expect((await failure(push(to))).code).toBe('registry-unreachable');
  expect(to.tags.size).toBe(0);
});

test('a registry that wants a login and gets none is a refusal', async () => {
  const to = await start({
    fault(request, response) {
      request.resume();
      response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
      return true;
    },
  });
  const error = await failure(push(to));
  expect([error.code, error.details.hint]).toEqual([
    'registry-denied',
    expect.stringContaining('docker login'),
  ]);
});

test('a registry that keeps a manifest under another digest gets no tag', async () => {
  const to = await start({
    fault(request, response) {
      if (request.method !== 'PUT' || !request.url?.includes('/manifests/')) return false;
      request.resume();
      response.writeHead(201, { 'docker-content-digest': `sha256:${'0'.repeat(64)}` }).end();
      return true;
    },
  });
  expect((await failure(push(to))).code).toBe('digest-mismatch');
  expect(to.tags.size).toBe(0);
  const tagged = to.requests.filter((one) => /^PUT .*manifests\/(?!sha256:)/.test(one));
  expect(tagged).toEqual([]);
});

test.each([
  ['for a second is waited for', '1', 2],
  ['for an hour is not waited for', '3600', 0],
])('a registry that asks to wait %s', async (_, seconds, tags) => {
  let left = 1;
  const to = await start({
    fault(request, response) {
      if (!isPatch(request) || left-- <= 0) return false;
      request.resume();
      response.writeHead(429, { 'retry-after': seconds }).end();
      return true;
    },
  });
  const started = performance.now();
  if (tags === 0) expect((await failure(push(to))).code).toBe('registry-failed');
  else await push(to);
  expect(to.tags.size).toBe(tags);
  if (tags > 0) expect(performance.now() - started).toBeGreaterThan(900);
});

test('an upload that goes on at another host takes no credentials there', async () => {
  const elsewhere = await startTestRegistry({
    fault(request, response) {
      request.resume();
      request.on('end', () =>
        response
          .writeHead(request.method === 'PUT' ? 201 : 202, { location: request.url ?? '' })
          .end(),
      );
      return true;
    },
  });
  const to = await start({
    fault(request, response) {
      if (request.url?.startsWith('/token')) {
        response.end('{"token":"t"}');
        return true;
      }
      if (request.headers.authorization !== 'Bearer t') {
        request.resume();
        const realm = `http://${request.headers.host}/token`;
        response
          .writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="r"` })
          .end();
        return true;
      }
      if (request.method !== 'POST') return false;
      request.resume();
      response.writeHead(202, { location: `http://${elsewhere.host}/storage?signature=1` }).end();
      return true;
    },
  });
  try {
    // The registry never gets the layers, so it takes no manifest.
    expect((await failure(push(to))).code).toBe('registry-failed');
    expect(elsewhere.requests.length).toBeGreaterThan(0);
    expect(elsewhere.headers.map(({ authorization }) => authorization)).toEqual(
      elsewhere.headers.map(() => undefined),
    );
  } finally {
    await elsewhere.close();
  }
});

test('a bundle with a damaged layer is not pushed, and no tag is set', async () => {
  const path = join(folder, 'damaged.tar');
  await buildBundle(path, [{ reference: 'web:2.0', layers: [big] }]);
  const opened = await openManifest(path);
  const [layer] = opened.manifest.images[0]?.layers ?? [];
  const extent = opened.source.entries.get(
    `images/blobs/sha256/${hexOf(layer?.digest ?? 'sha256:')}`,
  );
  const file = await open(path, 'r+');
  await file.write(Buffer.from('spoilt'), 0, 6, (extent?.offset ?? 0) + 300_000);
  await file.close();
  const to = await start();
  expect((await failure(push(to, opened))).code).toBe('digest-mismatch');
  expect(to.tags.size).toBe(0);
  expect([...to.content.keys()]).not.toContain(layer?.digest);
});

describe('an index that names other platforms', () => {
  const other = `sha256:${'a'.repeat(64)}` as const;
  const missing = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    ...{ digest: other, size: 1, platform: { os: 'linux', architecture: 's390x' } },
  };
  const indexOver = (manifests: readonly object[]): object => ({
    ...{ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests },
  });

  /** The bundle with another index at the top of its image: made of what the index names and its own descriptor. */
  async function withTop(
    make: (named: readonly object[], own: object) => object,
  ): Promise<OpenedBundle> {
    const layout = join(folder, 'multi');
    await rm(layout, { recursive: true, force: true });
    await buildBundle(layout, [
      { reference: 'ghcr.io/shop/api:1.0', layers: [gz('api')], attested: true },
    ]);
    const opened = await openManifest(layout);
    const [image] = opened.manifest.images;
    const blob = (digest: string): string => join(layout, 'images/blobs/sha256', digest.slice(7));
    const text = await readFile(blob(image?.topDigest ?? ''), 'utf8');
    const { mediaType, manifests } = JSON.parse(text);
    const own = { mediaType, digest: image?.topDigest, size: text.length };
    const bytes = JSON.stringify(make(manifests, own));
    await writeFile(blob(digestOf(bytes)), bytes);
    const file = {
      path: `images/blobs/sha256/${hexOf(digestOf(bytes))}`,
      size: bytes.length,
      sha256: hexOf(digestOf(bytes)),
    };
    const manifest: BundleManifest = bundleManifestSchema.parse({
      ...opened.manifest,
      images: [{ ...image, topDigest: digestOf(bytes) }],
      files: [...opened.manifest.files, file],
    });
    const source = {
      ...opened.source,
      entries: new Map([
        ...opened.source.entries,
        [file.path, { file: blob(digestOf(bytes)), offset: 0, size: bytes.length }],
      ]),
    };
    return { ...opened, source, manifest };
  }
  /** With one more image in the index, as a multi-platform image has it. */
  const withOther = () => withTop((named) => indexOver([...named, missing]));

  test('goes whole where it is an index of indexes, what it names first', async () => {
    const to = await start();
    const opened = await withTop((_, own) => indexOver([own]));
    await push(to, opened);
    expect(to.tags.get('team/shop/api:1.0')).toBe(opened.manifest.images[0]?.topDigest);
  });

  test('goes as an index of indexes over what a bundle for several platforms has', async () => {
    const to = await start();
    const opened = await withTop((_, own) => indexOver([own, missing]));
    const { platform, images: packed } = opened.manifest;
    const platforms = [{ platform, images: packed }];
    await push(to, { ...opened, manifest: { ...opened.manifest, platforms } });
    const top = to.tags.get('team/shop/api:1.0') ?? '';
    const { manifests } = JSON.parse(String(to.content.get(top)));
    expect(manifests).toMatchObject([{ mediaType: expect.stringContaining('index') }]);
    expect(manifests).toHaveLength(1);
  });

  test('goes as the image alone, with a note, where the registry lacks them', async () => {
    const to = await start();
    const opened = await withOther();
    const report = await push(to, opened);
    expect(report.images).toMatchObject([{ withoutIndex: true }]);
    expect(to.tags.get('team/shop/api:1.0')).toBe(opened.manifest.images[0]?.manifestDigest);
  });

  test('goes whole where the registry has them', async () => {
    const to = await start();
    const opened = await withOther();
    to.content.set(other, Buffer.from('{}'));
    to.repositories.set('team/shop/api', new Set([other]));
    await push(to, opened);
    expect(to.tags.get('team/shop/api:1.0')).toBe(opened.manifest.images[0]?.topDigest);
  });
});

describe('an incremental bundle', () => {
  /** A bundle without the big layer. */
  const incremental = (whole: OpenedBundle = bundle): OpenedBundle => {
    const path = `images/blobs/sha256/${hexOf(bigDigest())}`;
    const entries = new Map([...whole.source.entries].filter(([name]) => name !== path));
    const base = { product: 'shop', version: '0.9', digest: `sha256:${'b'.repeat(64)}` as const };
    return {
      ...whole,
      source: { ...whole.source, entries },
      manifest: { ...whole.manifest, base },
    };
  };

  test('takes what it leaves out from the registry', async () => {
    const to = await start();
    await push(to);
    to.tags.clear();
    await push(to, incremental());
    expect(to.tags.size).toBe(2);
  });

  test('takes it from another repository, also where the registry mounts nothing', async () => {
    const to = await start({
      fault(request) {
        request.url = request.url?.replace(/\?mount=.*/, '') ?? '';
        return false;
      },
    });
    await push(to);
    to.tags.clear();
    to.repositories.delete('team/web');
    await push(to, incremental());
    expect(to.tags.get('team/web:2.0')).toBe(webTop());
  });

  test('takes it from the repository of an image that no longer has it', async () => {
    const path = join(folder, 'next.tar');
    await buildBundle(path, [
      { reference: 'ghcr.io/shop/api:1.0', layers: [gz('new api')] },
      { reference: 'web:2.0', layers: [big, gz('web')] },
    ]);
    const to = await start();
    await push(to);
    to.tags.clear();
    to.repositories.delete('team/web');
    const report = await push(to, incremental(await openManifest(path)));
    expect(report.mounted.blobs).toBe(1);
    expect(to.tags.get('team/web:2.0')).toBe(webTop());
  });

  test('is refused before anything is sent where the registry lacks it too, naming the bundle to push first', async () => {
    const to = await start();
    const error = await failure(push(to, incremental()));
    expect(error.code).toBe('base-missing');
    expect(error.details.hint).toContain('shop 0.9');
    expect(to.requests.filter((one) => !/^(HEAD|GET)/.test(one))).toEqual([]);
  });
});

test('two images that would share a name keep the registry that they came from', async () => {
  const path = join(folder, 'same.tar');
  await buildBundle(path, [
    { reference: 'ghcr.io/shop/api:1.0', layers: [gz('one')] },
    { reference: 'reg.local:5000/shop/api:1.0', layers: [gz('two')] },
  ]);
  const to = await start();
  await push(to, await openManifest(path));
  expect([...to.tags.keys()].toSorted()).toEqual([
    'team/ghcr.io/shop/api:1.0',
    'team/reg.local_5000/shop/api:1.0',
  ]);
});

test.each([
  'myhost',
  'registry.example/Team',
  'registry.example//x',
  '',
  'https://registry.example',
  'fd00::1',
  'a b.c',
])('the target %j is refused', (text) => {
  expect(() => parseTarget(text)).toThrow(expect.objectContaining({ code: 'usage' }));
});

test.each([
  ['localhost:5000', 'localhost:5000', ''],
  ['registry.example/team/shop/', 'registry.example', 'team/shop'],
  ['[fd00::1]:5000/shop', '[fd00::1]:5000', 'shop'],
  ['[fd00::1]', '[fd00::1]', ''],
])('the target %s is a registry and a prefix', (text, registryName, prefix) => {
  expect(parseTarget(text)).toEqual({ registry: registryName, prefix });
});

test('the override has the new names, and keeps the rest of the offline override', () => {
  const offline = `# Made by \`bundle export\`.

name: shop
services:
  api:
    image: api:1.0
    pull_policy: never
    build: !reset null
    volumes: !override
      - ./conf:/conf
  db:
    image: db:1
    pull_policy: never
`;
  const text = composeOverride(
    offline,
    [{ services: ['api'], pushed: 'reg.example/api:1.0@sha256:1' }],
    'compose.registry.yml',
  );
  expect(text).toContain('image: reg.example/api:1.0@sha256:1\n    pull_policy: missing');
  expect(text).toContain('build: !reset null');
  expect(text).toContain('volumes: !override');
  expect(text).toContain('image: db:1\n    pull_policy: never');
  expect(text).toContain('-f compose.registry.yml');
  expect(text).not.toContain('bundle export');
});
