import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  fillRegistry,
  hostArchitecture,
  makeIndex,
  makeLayout,
  startTestRegistry,
  type TestImage,
  type TestRegistry,
} from '@bundle/testkit';
import { bundle } from './run-bundle.ts';

const other = hostArchitecture === 'amd64' ? 'arm64' : 'amd64';
const [here, there] = [`linux/${hostArchitecture}`, `linux/${other}`];
let folder: string;
let registry: TestRegistry;
let tops: Map<string, string>;
const file = (name: string): string => join(folder, name);
const gz = (text: string) => ({ text, compression: 'gzip' as const });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'platforms-'));
  registry = await startTestRegistry();
  const image = (name: string, architecture: string): TestImage => ({
    reference: `${name}:${architecture}`,
    architecture,
    layers: [gz(`base ${architecture}`), gz(`${name} ${architecture}`)],
  });
  const layout = await makeLayout(file('layout'), [
    ...[hostArchitecture, other, 's390x'].map((architecture) => image('api', architecture)),
    ...[hostArchitecture, other].map((architecture) => image('web', architecture)),
    { ...image('one', hostArchitecture), layers: [gz('one')] },
    ...[hostArchitecture, other].map((architecture) => ({
      ...image('plain', architecture),
      layers: [{ text: `plain ${architecture}` }],
    })),
  ]);
  tops = new Map();
  for (const name of ['api', 'web', 'plain']) {
    const members = layout.filter(({ reference }) => reference.startsWith(`${name}:`));
    tops.set(name, await makeIndex(file('layout'), `docker.io/shop/${name}:1`, members));
    await fillRegistry(registry, file('layout'), `shop/${name}`, [
      { tag: '1', topDigest: tops.get(name) ?? '' },
    ]);
  }
  const single = layout.find(({ reference }) => reference.startsWith('one:'));
  await fillRegistry(registry, file('layout'), 'shop/one', [
    { tag: '1', topDigest: single?.topDigest ?? '' },
  ]);
});
afterAll(async () => {
  await registry.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  registry.requests.length = 0;
});

/** Packs images from the registry. */
async function pack(output: string, names: readonly string[], ...more: string[]) {
  const services = names.map((name) => `  ${name}: {image: "${registry.host}/shop/${name}:1"}`);
  await writeFile(file('compose.yml'), `name: shop\nservices:\n${services.join('\n')}\n`);
  const args = ['export', file('compose.yml'), '-o', file(output), '--no-runtime', '--json'];
  return bundle([...args, '--force', ...more]);
}
const fromRegistry = ['--from', 'registry'];
const both = ['--platform', `${here},${there}`];
const importInto = (output: string, engine: string, ...more: string[]) =>
  bundle([
    ...['import', file(output), '--engine', `oci:${file(engine)}`],
    ...['--state-dir', file(`${engine}.state`), '--yes', '--json', ...more],
  ]);
/** Lists the layers of the images that were imported, or of those for the other platform. */
function layersIn(images: readonly { readonly layers: readonly { readonly digest: string }[] }[]) {
  return images.flatMap(({ layers }) => layers.map(({ digest }) => digest));
}
const layoutOf = async (engine: string): Promise<string> =>
  readFile(file(`${engine}/index.json`), 'utf8');

test('one bundle has the images of two platforms, with the index of the registry, and is verified', async () => {
  const { code, stdout, stderr } = await pack('two.tar', ['api', 'web'], ...fromRegistry, ...both);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const { manifest } = JSON.parse(stdout);
  expect(manifest.platform).toEqual({ os: 'linux', architecture: hostArchitecture });
  expect(manifest.platforms).toMatchObject([{ platform: { os: 'linux', architecture: other } }]);
  for (const images of [manifest.images, manifest.platforms[0].images])
    expect(images.map((image: { topDigest: string }) => image.topDigest)).toEqual([
      tops.get('api'),
      tops.get('web'),
    ]);
  expect(await bundle(['verify', file('two.tar')])).toMatchObject({ code: 0 });
  const shown = await bundle(['inspect', file('two.tar'), '--images']);
  expect(shown.stdout).toContain(`for ${here}, ${there}`);
  expect(shown.stdout).toContain(`/shop/web:1 (${there})`);
});

test.each(['two.tar', 'two'])(
  'a host takes the images of its own platform out of %s',
  async (output) => {
    const swapped = ['--platform', `${there},${here}`];
    const { manifest: packed } = JSON.parse(
      (await pack(output, ['api', 'web'], ...fromRegistry, ...swapped)).stdout,
    );
    const engine = `engine-${output}`;
    const { code, stdout, stderr } = await importInto(output, engine);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(stdout).manifest.platform.architecture).toBe(hostArchitecture);
    expect(await layoutOf(engine)).toContain(tops.get('api'));
    const again = await importInto(output, engine);
    expect(JSON.parse(again.stdout).outcome).toBe('already imported');
    const state = ['--state-dir', file(`${engine}.state`), '--engine', `oci:${file(engine)}`];
    const inventory = await bundle(['inventory', ...state, '-o', file(`${engine}.json`)]);
    expect(inventory).toMatchObject({ code: 0 });
    // What is listed as stored is what the host has, in the form of its own platform.
    const text = await readFile(file(`${engine}.json`), 'utf8');
    for (const digest of layersIn(JSON.parse(stdout).manifest.images))
      expect(text).toContain(digest);
    for (const digest of layersIn(packed.images)) expect(text).not.toContain(digest);
  },
);

test('a host of a platform that the bundle lacks is told which ones it has', async () => {
  await pack('far.tar', ['api'], ...fromRegistry, '--platform', `${there},linux/s390x`);
  const { code, stdout } = await importInto('far.tar', 'far');
  expect(code).toBe(60);
  const { error } = JSON.parse(stdout);
  expect(error.found).toContain(`${there}, linux/s390x`);
});

test('all is every platform that all images have, the own one first', async () => {
  const { stdout } = await pack('all.tar', ['api', 'web'], ...fromRegistry, '--platform', 'all');
  const { platform, platforms } = JSON.parse(stdout).manifest;
  expect(platform.architecture).toBe(hostArchitecture);
  expect(
    platforms.map((one: { platform: { architecture: string } }) => one.platform.architecture),
  ).toEqual([other]);
});

test('a platform that one image has not is named with that image', async () => {
  const { code, stdout } = await pack('none.tar', ['api', 'one'], ...fromRegistry, ...both);
  expect(code).toBe(60);
  expect(JSON.parse(stdout).error).toMatchObject({ expected: there, found: here });
});

test('layers that are compressed on their way get an index of their own', async () => {
  const { code, stdout } = await pack('plain.tar', ['plain'], ...fromRegistry, ...both);
  expect(code).toBe(0);
  const { images, platforms } = JSON.parse(stdout).manifest;
  expect(images[0].topDigest).toBe(platforms[0].images[0].topDigest);
  expect(images[0].topDigest).not.toBe(tops.get('plain'));
  expect((await bundle(['verify', file('plain.tar')])).code).toBe(0);
  expect((await importInto('plain.tar', 'plain-engine')).code).toBe(0);
});

test('manifests for Kubernetes are for one platform, and the report names the others', async () => {
  await pack('kube.tar', ['api'], ...fromRegistry, ...both);
  const convert = (output: string, ...more: string[]) =>
    bundle(['convert', 'kubernetes', file('kube.tar'), '-o', file(output), ...more]);
  const first = await convert('kube');
  expect(first.stdout).toContain(`platforms.${there}`);
  expect(await convert('kube-other', '--platform', there)).toMatchObject({ code: 0 });
  const podsOf = (output: string) => readFile(file(`${output}/api-deployment.yaml`), 'utf8');
  const digestIn = (text: string) => /@(sha256:[0-9a-f]{64})/.exec(text)?.[1];
  const [own, others] = await Promise.all([podsOf('kube'), podsOf('kube-other')]);
  expect(own).toContain(`kubernetes.io/arch: ${hostArchitecture}`);
  expect(others).toContain(`kubernetes.io/arch: ${other}`);
  expect(digestIn(own)).not.toBe(digestIn(others));
  const none = await convert('none', '--platform', 'linux/s390x');
  expect(none.stderr).toContain(`${here}, ${there}`);
  expect(none.code).toBe(60);
});

test('a layout is a source of several platforms too', async () => {
  await writeFile(file('local.yml'), 'name: shop\nservices: {api: {image: "shop/api:1"}}\n');
  const { code, stderr } = await bundle([
    ...['export', file('local.yml'), '--from', `oci:${file('layout')}`, '-o', file('local.tar')],
    ...['--no-runtime', ...both],
  ]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect((await bundle(['verify', file('local.tar')])).code).toBe(0);
});

test('an archive of images is for one platform of the bundle, by default that of this machine', async () => {
  const packed = await pack('archive.tar', ['api'], ...fromRegistry, ...both);
  const { images, platforms } = JSON.parse(packed.stdout).manifest;
  const archive = async (...more: string[]): Promise<string> => {
    const args = ['images', file('archive.tar'), '-o', file('images.tar'), '--force', '--json'];
    const { code, stdout } = await bundle([...args, ...more]);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    return readFile(file('images.tar'), 'latin1');
  };
  const [own, further] = [images, platforms[0].images].map((some) =>
    layersIn(some).map((digest) => digest.slice('sha256:'.length)),
  );
  const [first, second] = [await archive(), await archive('--platform', there)];
  for (const hex of own ?? [])
    expect([first, second].map((one) => one.includes(hex))).toEqual([true, false]);
  for (const hex of further ?? [])
    expect([first, second].map((one) => one.includes(hex))).toEqual([false, true]);
  const args = ['images', file('archive.tar'), '-o', file('none.tar'), '--platform', 'linux/s390x'];
  expect((await bundle(args)).code).toBe(60);
});

test('a push carries all platforms under one index, whole or of what the bundle has', async () => {
  const to = await startTestRegistry();
  try {
    await pack('push.tar', ['api', 'web'], ...fromRegistry, ...both);
    const { code, stderr } = await bundle(['push', file('push.tar'), `${to.host}/team`]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(to.tags.get('team/shop/web:1')).toBe(tops.get('web'));
    const index = to.content.get(to.tags.get('team/shop/api:1') ?? '');
    const { manifests } = JSON.parse(String(index));
    expect(
      manifests.map((one: { platform: { architecture: string } }) => one.platform.architecture),
    ).toEqual([hostArchitecture, other]);
  } finally {
    await to.close();
  }
});

test.each([
  ['an engine', []],
  ['an archive of docker save', ['--from', 'docker-archive:x.tar']],
  ['an incremental bundle', [...fromRegistry, '--since', 'x.tar']],
])('%s is for one platform', async (_name, more) => {
  const { code, stdout } = await pack('no.tar', ['api'], ...both, ...more);
  expect(code).toBe(2);
  expect(JSON.parse(stdout).error.expected).toContain('one platform');
});
