import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  imageOf,
  makeHandMadeFolder,
  saveLayout,
  saveOld,
  sha256,
  writeSums,
} from '@bundle/testkit';
import { bundle, type Finished, startOnTerminal, Talk } from './run-bundle.ts';

// The command as a process; packages/adopt has the cases.

let work: string;
let folder: string;
const file = (name: string): string => join(folder, name);
const output = (): string => join(work, 'shop.tar');

beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'adopt-'));
  folder = join(work, 'delivery');
  await makeHandMadeFolder(folder);
});
afterEach(() => rm(work, { recursive: true }));

const adopt = (...more: string[]): Promise<Finished> =>
  bundle(['adopt', folder, '-o', output(), '--no-runtime', '--json', ...more], { cwd: work });

test('a folder made by hand becomes a bundle that is imported, each layer in it once', async () => {
  const { code, stdout } = await adopt();
  expect({ code, stdout }).toMatchObject({ code: 0 });
  const { manifest, decisions } = JSON.parse(stdout);
  const names = ['nginx:1.27', 'shop/backend:1.0', 'shop/frontend:1.0'];
  expect(
    manifest.images.map((image: { reference: string; imageId: string }) => [
      image.reference,
      image.imageId,
    ]),
  ).toEqual(names.map((name) => [name, `sha256:${sha256(imageOf(name).config)}`]));
  expect(decisions).toHaveLength(10);
  const digests = manifest.images.flatMap((image: { layers: { digest: string }[] }) =>
    image.layers.map(({ digest }) => digest),
  );
  expect(new Set(digests).size).toBe(4);
  expect((await bundle(['verify', output()])).code).toBe(0);
  const engine = ['--engine', `oci:${join(work, 'layout')}`];
  const imported = ['import', output(), ...engine, '--state-dir', join(work, 'state')];
  expect(await bundle(imported, { cwd: work })).toMatchObject({ code: 0 });
  // The same folder makes the same bytes.
  const first = await readFile(output());
  expect((await adopt('--force')).code).toBe(0);
  expect(first.equals(await readFile(output()))).toBe(true);
});

test('a preview says what becomes of each file, and writes nothing', async () => {
  const { code, stdout } = await bundle(['adopt', folder, '--dry-run'], { cwd: work });
  expect(code).toBe(0);
  expect(stdout).toMatch(/backend-image\.tar +images +shop\/backend:1\.0 for backend/);
  expect(await readdir(work)).toEqual(['delivery']);
});

test('a preview in Chinese says it in Chinese, down to the reason for each file', async () => {
  const env = { BUNDLE_LANG: 'zh' };
  const { code, stdout } = await bundle(['adopt', folder, '--dry-run'], { cwd: work, env });
  expect(code).toBe(0);
  expect(stdout).toMatch(/backend-image\.tar +镜像 +shop\/backend:1\.0，用于 backend/);
  expect(stdout).not.toMatch(/[a-z]{2,} [a-z]{2,} [a-z]{2,}/);
});

test.each([
  ['gzip', '.gz'],
  ['xz', '.xz'],
])('tars compressed with %s are packed', async (tool, suffix) => {
  execFileSync(tool, [file('backend-image.tar'), file('nginx-image.tar')]);
  await rm(file('checksums.sha256'));
  const { code, stdout } = await adopt();
  expect({ code, stdout }).toMatchObject({ code: 0 });
  expect(stdout).toContain(`backend-image.tar${suffix}`);
  expect((await bundle(['verify', output()])).code).toBe(0);
});

test('a file that disagrees with its checksum is named, and nothing is written', async () => {
  await writeFile(file('nginx/default.conf'), 'server { listen 81; }\n');
  const { code, stdout } = await adopt();
  expect(code).toBe(19);
  expect(JSON.parse(stdout).error.found).toContain('nginx/default.conf has ');
  expect(await readdir(work)).toEqual(['delivery']);
  expect((await adopt('--no-checksums')).code).toBe(0);
});

test('a layer that was changed is found by its digest, and nothing is left half-written', async () => {
  const bytes = await readFile(file('backend-image.tar'));
  bytes.write('XXXX', bytes.lastIndexOf('shop/backend:1.0\nshop/backend:1.0\n'));
  await writeFile(file('backend-image.tar'), bytes);
  expect((await adopt('--no-checksums')).code).toBe(51);
  expect(await readdir(work)).toEqual(['delivery']);
});

test('images in no tar are refused, and --from takes them from elsewhere', async () => {
  await rm(file('nginx-image.tar'));
  await writeSums(folder, 'checksums.sha256');
  expect((await adopt()).code).toBe(20);
  await saveLayout(join(work, 'more.tar'), [{ reference: 'nginx:1.27', layers: [{ text: 'n' }] }]);
  const { code, stdout } = await adopt('--from', `oci-archive:${join(work, 'more.tar')}`);
  expect({ code, stdout }).toMatchObject({ code: 0 });
  expect(JSON.parse(stdout).manifest.images).toHaveLength(3);
});

test('somebody at a terminal is asked which image a service means', async () => {
  await writeFile(file('docker-compose.yml'), 'name: shop\nservices: {api: {build: ./api}}\n');
  const args = ['adopt', folder, '-o', output(), '--no-runtime', '--no-checksums'];
  const talk = new Talk(startOnTerminal(args, { cwd: work }));
  await talk.shows('image of api?');
  await talk.shows('none of them');
  talk.type('1\r');
  const { code, stdout } = await talk.result;
  expect({ code, stdout }).toMatchObject({ code: 0 });
  expect(stdout).toContain('shop/backend:1.0 as shop-api:latest for api');
});

test('values of .env stay here, and names in Chinese and with spaces are packed', async () => {
  await rm(file('checksums.sha256'));
  await writeFile(file('.env'), 'DB_PASSWORD=Zx9!kq27Lm\n');
  await mkdir(file('配置 文件'));
  await writeFile(file('配置 文件/说明 1.conf'), 'x\n');
  await rename(file('backend-image.tar'), file('后端 镜像.tar'));
  const text = await readFile(file('docker-compose.yml'), 'utf8');
  const config = 'configs:\n  docs: {file: "./配置 文件/说明 1.conf"}\n';
  const used = text.replace('ports:', 'configs: [docs]\n    ports:');
  await writeFile(file('docker-compose.yml'), `${used}${config}`);
  await writeFile(file('manual.md'), 'Read me.\n');
  const { code, stdout } = await adopt('--with-file', file('manual.md'));
  expect({ code, stdout }).toMatchObject({ code: 0 });
  const { manifest, decisions } = JSON.parse(stdout);
  const packed = manifest.files.map(({ path }: { path: string }) => path);
  expect(packed).toEqual(expect.arrayContaining(['配置 文件/说明 1.conf', 'manual.md']));
  expect(packed).not.toContain('.env');
  expect((await readFile(output())).includes('Zx9!kq27Lm')).toBe(false);
  expect(decisions).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ path: '.env', decision: 'left out' }),
      expect.objectContaining({ path: '后端 镜像.tar', decision: 'images' }),
      expect.objectContaining({ path: 'manual.md', why: 'named by --with-file' }),
    ]),
  );
});

test('the platform is the one that all images have', async () => {
  await rm(file('checksums.sha256'));
  for (const [name, reference] of [
    ['backend', 'shop/backend:1.0'],
    ['frontend', 'shop/frontend:1.0'],
    ['nginx', 'nginx:1.27'],
  ] as const) {
    const image = { reference, layers: [{ text: name }], architecture: 'riscv64' };
    await saveLayout(file(`${name}-image.tar`), [image]);
  }
  const { code, stdout } = await adopt();
  expect({ code, stdout }).toMatchObject({ code: 0 });
  expect(JSON.parse(stdout).manifest.platform).toMatchObject({ architecture: 'riscv64' });
  expect(await adopt('--force', '--platform', 'linux/s390x')).toMatchObject({ code: 60 });
});

test('two images of one name are refused', async () => {
  await saveOld(file('backend-old.tar'), [imageOf('shop/backend:1.0', 'older')]);
  expect((await adopt()).code).toBe(18);
});

test('a folder that does not exist is answered with what is beside it', async () => {
  const { code, stderr } = await bundle(['adopt', join(work, 'delivry'), '-o', output()]);
  expect(code).toBe(45);
  expect(stderr).toContain('expected: a folder with image tars and a Compose file');
  expect(stderr).toContain('Check the name. In the same folder: delivery');
});
