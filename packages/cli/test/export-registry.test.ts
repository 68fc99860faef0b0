import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  fillRegistry,
  type LaidOutImage,
  makeLayout,
  startTestRegistry,
  type TestRegistry,
} from '@bundle/testkit';
import { bundle } from './run-bundle.ts';

let folder: string;
let registry: TestRegistry;
let layout: LaidOutImage[];
/** Makes the registry answer like this in place of itself. */
let status: number | undefined;
const base = { text: 'base', compression: 'gzip' as const };
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'export-registry-'));
  registry = await startTestRegistry({
    fault(request, response) {
      if (status === undefined || request.url === '/v2/') return false;
      response.writeHead(status).end();
      return true;
    },
  });
  layout = await makeLayout(file('layout'), [
    { reference: 'api:1', layers: [base, { text: 'api', compression: 'gzip' }], attested: true },
    { reference: 'web:1', layers: [base, { text: 'web', compression: 'zstd' }] },
  ]);
  const [api, web] = layout;
  await fillRegistry(registry, file('layout'), 'shop/api', [
    { tag: '1', topDigest: api?.topDigest ?? '' },
  ]);
  await fillRegistry(registry, file('layout'), 'shop/web', [
    { tag: '1', topDigest: web?.topDigest ?? '' },
  ]);
  const services = ['api', 'web'].map(
    (name) => `  ${name}: {image: "${registry.host}/shop/${name}:1"}`,
  );
  await writeFile(file('compose.yml'), `name: shop\nservices:\n${services.join('\n')}\n`);
});
afterAll(async () => {
  await registry.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  status = undefined;
  registry.requests.length = 0;
});

const pack = (output: string, ...more: string[]) =>
  bundle([
    ...['export', file('compose.yml'), '--from', 'registry', '-o', file(output)],
    ...['--no-runtime', '--json', ...more],
  ]);

test.each(['shop.tar', 'shop'])(
  'images come straight from their registry into %s, with their digests',
  async (output) => {
    const { code, stdout } = await pack(output);
    expect(code).toBe(0);
    const { images } = JSON.parse(stdout).manifest;
    expect(images.map((image: { topDigest: string }) => image.topDigest)).toEqual(
      layout.map(({ topDigest }) => topDigest),
    );
    const digestsOf = (image: { layers: { digest: string }[] }) =>
      image.layers.map(({ digest }) => digest);
    expect(images.map(digestsOf)).toEqual(layout.map(({ layerDigests }) => layerDigests));
    expect(images[0].layers[0].unpackedSize).toBeUndefined();
    expect((await bundle(['verify', file(output)])).code).toBe(0);
    // A layer that both images have comes once.
    const [shared] = layout[0]?.layerDigests ?? [];
    const asked = registry.requests.filter((one) => one.includes(String(shared)));
    expect(asked).toHaveLength(1);
  },
);

test('two exports have the same bytes, also if the second one takes its layers from the cache', async () => {
  const cache = ['--cache', file('cache')];
  const identity = async (output: string): Promise<string> => {
    const { stdout } = await pack(output, ...cache);
    return JSON.parse(stdout).digest;
  };
  const first = await identity('one.tar');
  registry.requests.length = 0;
  expect(await identity('two.tar')).toBe(first);
  expect(registry.requests.filter((one) => /blobs.*sha256/.test(one))).toHaveLength(
    // Configs, and the parts of the attestation.
    4,
  );
  await rm(file('cache/v1-zstd-none'), { recursive: true, force: true });
});

test('layers that are left out of an incremental bundle are not downloaded', async () => {
  await pack('base.tar');
  registry.requests.length = 0;
  const { code, stdout } = await pack('next.tar', '--since', file('base.tar'));
  expect(code).toBe(0);
  expect(JSON.parse(stdout).manifest.omitted).toHaveLength(3);
  for (const { layerDigests } of layout) {
    for (const digest of layerDigests)
      expect(registry.requests.join()).not.toContain(`blobs/${digest}`);
  }
});

test('a refusal leaves nothing half-written', async () => {
  status = 403;
  const { code, stdout } = await pack('refused.tar');
  expect(code).toBe(111);
  expect(JSON.parse(stdout).error.hint).toContain('Ask for access');
  expect((await bundle(['inspect', file('refused.tar')])).code).toBe(50);
});

test('a preview downloads no layers', async () => {
  const { code, stdout } = await pack('preview.tar', '--dry-run');
  expect(code).toBe(0);
  expect(JSON.parse(stdout).images).toMatchObject([{ state: 'present' }, { state: 'present' }]);
  expect(registry.requests.join()).not.toContain(layout[0]?.layerDigests[0]);
});

test.each([
  [['--pull', 'always']],
  [['--build']],
  [['--engine', 'oci:/somewhere']],
  [['--docker-host', 'unix:///somewhere']],
])('%j makes no sense without an engine', async (more) => {
  expect((await pack('none.tar', ...more)).code).toBe(2);
});

test('a source of another kind is refused with those that there are', async () => {
  const { code, stderr } = await bundle(['export', file('compose.yml'), '--from', 'tape']);
  expect(code).toBe(2);
  expect(stderr).toContain('registry, oci:DIR, oci-archive:FILE, docker-archive:FILE');
});
