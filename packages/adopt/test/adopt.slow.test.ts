import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rename,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { FramePool } from '@bundle/archive';
import type { ComposeTool, Engine } from '@bundle/engine';
import { planApplication } from '@bundle/export';
import {
  imageOf,
  makeHandMadeFolder,
  saveLayout,
  saveNew,
  saveOld,
  sha256,
  writeSums,
} from '@bundle/testkit';
import { type AdoptOptions, adoptFolder, type FileDecision } from '../src/index.ts';

let work: string;
let folder: string;
const never = new AbortController().signal;
const file = (name: string): string => join(folder, name);

beforeEach(async () => {
  work = await realpath(await mkdtemp(join(tmpdir(), 'adopt-')));
  folder = join(work, 'delivery');
  await makeHandMadeFolder(folder);
  await rm(file('checksums.sha256'));
});
afterEach(() => rm(work, { recursive: true }));

/** A machine without the compose plugin. */
const noPlugin: ComposeTool = {
  version: async () => undefined,
  config: () => Promise.reject(new Error('there is no plugin to ask')),
  build: () => Promise.reject(new Error('there is no plugin to ask')),
  up: () => Promise.reject(new Error('there is no plugin to ask')),
};

interface Adopted {
  readonly source: Engine;
  readonly decisions: readonly FileDecision[];
  /** Returns the reason given for a file. */
  why(path: string): string | undefined;
}

async function adopt(options: Partial<AdoptOptions> = {}): Promise<Adopted> {
  const adopted = await adoptFolder(folder, {
    checksums: true,
    images: new Map(),
    onProgress: () => undefined,
    signal: never,
    ...options,
  });
  const { composeFiles, root: projectRoot } = adopted;
  const application = { composeFiles, projectRoot, extraImages: [], extraFiles: [], withEnv: [] };
  const source = await adopted.source(await planApplication(application, noPlugin, {}));
  const decisions = adopted.decisions();
  return {
    ...{ source, decisions },
    why: (path) => decisions.find((one) => one.path === path)?.why,
  };
}

/** Returns the error as a user sees it, in one text. */
async function refusal(
  options: Partial<AdoptOptions> = {},
): Promise<{ code: string; text: string }> {
  try {
    await adopt(options);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !('details' in error)) throw error;
    return { code: String(error.code), text: JSON.stringify(error.details) };
  }
  throw new Error('it was adopted');
}

/** Reads the layers of an image; returns the digests of their bytes. */
async function layersOf({ source }: Adopted, ...references: string[]): Promise<string[]> {
  const pool = new FramePool();
  const digests: string[] = [];
  const reading = await source.openImages(references, undefined, never);
  for await (const layer of reading.layers({ pool, onBytes: () => undefined })) {
    const hash = createHash('sha256');
    for await (const frame of layer.frames()) hash.update(frame);
    digests.push(`sha256:${hash.digest('hex')}`);
  }
  reading.close();
  return digests;
}

const digestOf = (bytes: Buffer): string => `sha256:${sha256(bytes)}`;
const backend = imageOf('shop/backend:1.0');

test('each file of the folder has its decision', async () => {
  await writeSums(folder, 'checksums.sha256');
  const { decisions, why } = await adopt();
  expect(decisions.map(({ path, decision }) => `${path}: ${decision}`)).toEqual([
    'README.txt: left out',
    'backend-image.tar: images',
    'build-cache: left out',
    'checksums.sha256: checked',
    'docker-compose.yml: packed',
    'env.example: packed',
    'frontend-image.tar: images',
    'images-info.txt: left out',
    'nginx-image.tar: images',
    'nginx/default.conf: packed',
  ]);
  expect(why('backend-image.tar')).toBe(
    'shop/backend:1.0 for backend (agrees with checksums.sha256)',
  );
});

test('a layer that images in several tars share is read once', async () => {
  const names = ['shop/backend:1.0', 'shop/frontend:1.0', 'nginx:1.27'];
  const layers = await layersOf(await adopt(), ...names);
  expect(layers.toSorted()).toEqual(
    [...new Set(names.flatMap((name) => imageOf(name).layers.map(digestOf)))].sort(),
  );
});

const xz = (bytes: Buffer): Buffer =>
  execFileSync('xz', ['-c'], { input: bytes, maxBuffer: 64 * 1024 * 1024 });

test.each<[string, (bytes: Buffer) => Buffer, typeof saveOld | typeof saveNew]>([
  ['backend.tar.gz', gzipSync, saveNew],
  ['backend.tgz', gzipSync, saveOld],
  ['backend-image.gz', gzipSync, saveOld],
  ['backend.tar.zst', zstdCompressSync, saveNew],
  ['backend.tar.xz', xz, saveOld],
  ['backend.tar', (bytes) => bytes, saveOld],
])('an image in %s is read where it is', async (name, compress, save) => {
  await rm(file('backend-image.tar'));
  await save(file('plain'), [backend]);
  await writeFile(file(name), compress(await readFile(file('plain'))));
  await rm(file('plain'));
  const adopted = await adopt();
  expect(adopted.why(name)).toBe('shop/backend:1.0 for backend');
  expect((await layersOf(adopted, 'shop/backend:1.0')).toSorted()).toEqual(
    backend.layers.map(digestOf).toSorted(),
  );
});

test('a file of two gzip members and one of two zstd frames are read whole', async () => {
  const bytes = await readFile(file('backend-image.tar'));
  const halves = [bytes.subarray(0, 1_000_000), bytes.subarray(1_000_000)];
  for (const [name, compress] of [
    ['a.tar.gz', gzipSync],
    ['a.tar.zst', zstdCompressSync],
  ] as const) {
    await rm(file('backend-image.tar'), { force: true });
    await writeFile(file(name), Buffer.concat(halves.map((half) => compress(half))));
    expect(await layersOf(await adopt(), 'shop/backend:1.0')).toHaveLength(2);
    await rm(file(name));
  }
});

test('layers that a build tool has compressed in its tar come as they are', async () => {
  await saveOld(file('backend-image.tar'), [backend], { gzip: (layer) => gzipSync(layer) });
  expect(await layersOf(await adopt(), 'shop/backend:1.0')).toEqual(
    backend.layers.map((layer) => digestOf(gzipSync(layer))),
  );
});

test('a tar of an OCI image layout keeps the digests of its images', async () => {
  const [laidOut] = await saveLayout(file('backend-image.tar'), [
    { reference: 'shop/backend:1.0', layers: [{ text: 'api', compression: 'gzip' }] },
  ]);
  const { source } = await adopt();
  expect((await source.inspectImage('shop/backend:1.0'))?.id).toBe(laidOut?.topDigest);
});

test('of several images in one tar, those that no service needs are left out', async () => {
  const names = ['shop/backend:1.0', 'shop/frontend:1.0', 'redis:7'];
  await saveOld(
    file('all.tar'),
    names.map((name) => imageOf(name)),
  );
  const { why } = await adopt();
  expect(why('all.tar')).toContain('shop/backend:1.0 for backend');
  expect(why('all.tar')).toContain('no service needs redis:7');
  expect(why('backend-image.tar')).toBe('shop/backend:1.0 is the same as in all.tar');
});

test('two tars with different images of one name are refused, and --image chooses', async () => {
  await saveOld(file('backend-old.tar'), [imageOf('shop/backend:1.0', 'older')]);
  const { code, text } = await refusal();
  expect(code).toBe('folder-invalid');
  expect(text).toContain('backend-image.tar');
  expect(text).toContain('backend-old.tar');
  const { source } = await adopt({ images: new Map([['backend', 'backend-old.tar']]) });
  const { config } = imageOf('shop/backend:1.0', 'older');
  expect((await source.inspectImage('shop/backend:1.0'))?.id).toBe(digestOf(config));
});

describe('checksum lists', () => {
  test('a file that disagrees is named, and only it', async () => {
    await writeSums(folder, 'checksums.sha256');
    await writeFile(file('nginx/default.conf'), 'server { listen 81; }\n');
    const { code, text } = await refusal();
    expect(code).toBe('checksum-mismatch');
    expect(text).toContain('nginx/default.conf has ');
    expect(text).not.toContain('backend-image.tar');
    await adopt({ checksums: false });
  });

  test('a listed file that is not there is named', async () => {
    await writeSums(folder, 'checksums.sha256');
    await rm(file('build-cache/index.json'));
    expect(await refusal()).toMatchObject({
      code: 'checksum-mismatch',
      text: expect.stringContaining('build-cache/index.json is listed in checksums.sha256'),
    });
  });

  test('a list that names itself, with paths of another host and line ends of Windows, is read', async () => {
    const sum = sha256(await readFile(file('backend-image.tar')));
    const lines = [
      `${sum} */home/me/delivery/backend-image.tar`,
      `${sum} *C:\\delivery\\backend-image.tar`,
      `${'0'.repeat(64)} *SHA256SUMS`,
    ];
    await writeFile(file('SHA256SUMS'), lines.join('\r\n'));
    expect((await adopt()).why('backend-image.tar')).toContain('(agrees with SHA256SUMS)');
  });

  test('a list of MD5 sums is refused with the reason', async () => {
    await writeFile(file('checksums.md5'), `${'0'.repeat(32)}  backend-image.tar\n`);
    expect(await refusal()).toMatchObject({
      code: 'folder-invalid',
      text: expect.stringContaining('only SHA-256 is checked'),
    });
  });

  test('a detached signature beside a list is left out, and said not to be checked', async () => {
    await writeSums(folder, 'SHA256SUMS');
    const signature = '-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n';
    await writeFile(file('SHA256SUMS.asc'), signature);
    const { why } = await adopt();
    expect(why('backend-image.tar')).toContain('(agrees with SHA256SUMS)');
    expect(why('SHA256SUMS.asc')).toContain('not checked');
  });

  test('a list larger than any is refused, and not read', async () => {
    await writeFile(file('SHA256SUMS'), '');
    await truncate(file('SHA256SUMS'), 5e9);
    expect(await refusal()).toMatchObject({
      code: 'folder-invalid',
      text: expect.stringContaining('a file of 5000000000 bytes'),
    });
  });

  test('a list does not lead out of the folder', async () => {
    await writeFile(join(work, 'secret'), 'x');
    await writeFile(file('SHA256SUMS'), `${sha256(Buffer.from('x'))}  ../secret\n`);
    expect((await refusal()).text).toContain('../secret is listed in SHA256SUMS and not there');
  });
});

describe('the Compose file', () => {
  test('none is an error', async () => {
    await rm(file('docker-compose.yml'));
    expect(await refusal()).toMatchObject({ code: 'compose-not-found' });
  });

  test('two are refused by name, and -f chooses', async () => {
    await writeFile(file('compose.yaml'), await readFile(file('docker-compose.yml')));
    expect(await refusal()).toMatchObject({
      code: 'folder-invalid',
      text: expect.stringContaining('compose.yaml, docker-compose.yml'),
    });
    await adopt({ composeFiles: [file('compose.yaml')] });
  });

  test('one with a name for its place is found', async () => {
    await rename(file('docker-compose.yml'), file('docker-compose.prod.yml'));
    expect((await adopt()).why('docker-compose.prod.yml')).toBe(
      'as docker-compose.yml: your Compose file',
    );
  });

  test('one in a folder below is found', async () => {
    await mkdir(file('deploy'));
    await rename(file('docker-compose.yml'), file('deploy/compose.yml'));
    await rename(file('nginx'), file('deploy/nginx'));
    expect((await adopt()).why('deploy/nginx/default.conf')).toBe(
      'as nginx/default.conf: mounted by nginx',
    );
  });
});

describe('images that the tars have under another name, or not at all', () => {
  const build = (service: string): string =>
    `name: shop\nservices:\n  ${service}: {build: ./${service}}\n`;

  test('all images in no tar are named with their services, and what the tars have', async () => {
    await saveOld(file('backend-image.tar'), [imageOf('myapp/api:1.0')]);
    await rm(file('nginx-image.tar'));
    const { code, text } = await refusal();
    expect(code).toBe('image-not-found');
    expect(text).toContain('nginx:1.27 for nginx');
    expect(text).toContain('shop/backend:1.0 for backend');
    expect(text).toContain('myapp/api:1.0 (backend-image.tar)');
  });

  test('--image names the image of a service', async () => {
    await saveOld(file('backend-image.tar'), [imageOf('myapp/api:1.0')]);
    const { why } = await adopt({ images: new Map([['backend', 'myapp/api:1.0']]) });
    expect(why('backend-image.tar')).toBe('myapp/api:1.0 as shop/backend:1.0 for backend, chosen');
    const wrong = await refusal({ images: new Map([['backend', 'none']]) });
    expect(wrong.code).toBe('image-not-found');
    const unknown = await refusal({ images: new Map([['bakend', 'myapp/api:1.0']]) });
    expect(unknown).toMatchObject({ code: 'usage', text: expect.stringContaining('bakend') });
  });

  test.each([
    ['shop_backend:latest', true],
    ['registry.local:5000/team/shop-backend:2', true],
    ['localhost/shop-backend:latest', true],
    ['other:1', false],
  ])('a service with build: finds %s by its name: %s', async (name, isFound) => {
    await writeFile(file('docker-compose.yml'), build('backend'));
    await saveOld(file('x.tar'), [imageOf(name)]);
    await rm(file('backend-image.tar'));
    if (!isFound) return expect(await refusal()).toMatchObject({ code: 'image-not-found' });
    const { source } = await adopt();
    const found = await source.inspectImage('shop-backend:latest');
    return expect(found?.id).toBe(digestOf(imageOf(name).config));
  });

  test('two images that may be meant are refused by name, and somebody is asked', async () => {
    await writeFile(file('docker-compose.yml'), build('backend'));
    for (const name of ['a_backend:1', 'b_backend:1'])
      await saveOld(file(`${name.slice(0, 1)}.tar`), [imageOf(name)]);
    await rm(file('backend-image.tar'));
    expect((await refusal()).text).toContain('a_backend:1 (a.tar), b_backend:1 (b.tar)');
    const ask = async (_: string, images: readonly string[]): Promise<number> =>
      images.indexOf('b_backend:1 (b.tar)');
    expect((await adopt({ ask })).why('b.tar')).toBe(
      'b_backend:1 as shop-backend:latest for backend, chosen',
    );
  });

  test('an image that was saved by its ID is found by the name of its file', async () => {
    await saveOld(file('backend-image.tar'), [backend], { tags: false });
    expect((await adopt()).why('backend-image.tar')).toMatch(
      /^sha256:\w{12} as shop\/backend:1\.0 for backend, by the name of its file$/,
    );
  });
});

describe('files that are no image', () => {
  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['backend-image.tar', (bytes) => bytes.subarray(0, bytes.length / 2)],
    ['backend-image.tar', (bytes) => bytes.subarray(0, bytes.length - 20_000)],
    ['backend-image.tar', () => Buffer.from('not a tar at all'.repeat(100))],
    ['backend-image.tar.gz', (bytes) => gzipSync(bytes).subarray(0, -100)],
    ['backend-image.tar.zst', (bytes) => zstdCompressSync(bytes).subarray(0, -100)],
    ['backend-image.tar.xz', (bytes) => xz(bytes).subarray(0, -100)],
    ['backend-image.tar.gz', () => gzipSync(Buffer.from('a text'.repeat(1000)))],
    ['backend-image.tar.bz2', () => Buffer.from('BZh91AY&SY and more of it')],
    ['backend-image.tar', () => Buffer.alloc(20_000)],
  ])('a damaged %s is named', async (name, damage) => {
    const bytes = await readFile(file('backend-image.tar'));
    await rm(file('backend-image.tar'));
    await writeFile(file(name), damage(bytes));
    expect(await refusal()).toMatchObject({
      code: 'input-unreadable',
      text: expect.stringContaining(file(name)),
    });
  });

  test('the files of a container are not an image, and the message says so', async () => {
    await mkdir(join(work, 'root/etc'), { recursive: true });
    await writeFile(join(work, 'root/etc/hostname'), 'x');
    execFileSync('tar', ['-C', join(work, 'root'), '-cf', file('backend-image.tar'), '.']);
    expect(await refusal()).toMatchObject({
      code: 'image-not-found',
      text: expect.stringContaining('backend-image.tar: a tar file without images'),
    });
  });

  test('a link that leads out of the folder is left alone', async () => {
    execFileSync('ln', ['-s', '/etc/hostname', file('link.tar')]);
    expect((await adopt()).why('link.tar')).toBe('a link out of the folder');
  });

  test('an archive that a service mounts is packed as it is', async () => {
    await writeFile(file('seed.tar.gz'), gzipSync('no tar'));
    const text = await readFile(file('docker-compose.yml'), 'utf8');
    await writeFile(
      file('docker-compose.yml'),
      text.replace('volumes: [', 'volumes: ["./seed.tar.gz:/seed.tar.gz:ro", '),
    );
    expect((await adopt()).why('seed.tar.gz')).toBe('mounted by nginx');
  });
});
