import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LaidOutImage, makeLayout } from '@bundle/testkit';
import { bundle, finished, startInShell } from './run-bundle.ts';

// images.engine.test.ts gives the archive to skopeo, umoci, containerd, podman and Docker.

let work: string;
let layout: LaidOutImage[];
const at = (name: string): string => join(work, name);
const base = { text: 'base', compression: 'zstd' as const };

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'images-'));
  layout = await makeLayout(at('layout'), [
    { reference: 'shop/api:1', layers: [base, { text: 'api', compression: 'gzip' }] },
    { reference: 'web:latest', layers: [base, { text: 'web', compression: 'zstd' }] },
  ]);
  const services = '{api: {image: "shop/api:1"}, site: {image: web}}';
  await writeFile(at('compose.yml'), `name: shop\nservices: ${services}\n`);
  await exported('shop.tar');
});
afterAll(() => rm(work, { recursive: true }));

async function exported(output: string, ...more: string[]): Promise<void> {
  const from = ['--from', `oci:${at('layout')}`, '--no-runtime'];
  const words = ['export', at('compose.yml'), '-o', at(output), ...from, ...more];
  expect(await bundle(words)).toMatchObject({ code: 0 });
}

const images = (...more: string[]) => bundle(['images', at('shop.tar'), '--json', ...more]);

test('all images are in the archive with their digests, read as docker save writes them and as a layout', async () => {
  const { code, stdout } = await images('-o', at('all.tar'));
  expect(code).toBe(0);
  expect(JSON.parse(stdout).images).toMatchObject(
    layout.map(({ reference, topDigest }) => ({ reference, digest: topDigest })),
  );
  for (const kind of ['docker-archive', 'oci-archive']) {
    const from = ['--from', `${kind}:${at('all.tar')}`, '--no-runtime', '--force'];
    const again = ['export', at('compose.yml'), '-o', at('again.tar'), ...from, '--json'];
    const read = JSON.parse((await bundle(again)).stdout).manifest.images;
    expect(read.map((image: { topDigest: string }) => image.topDigest)).toEqual(
      layout.map(({ topDigest }) => topDigest),
    );
  }
});

test('with --format docker, layers are uncompressed, and images keep their IDs', async () => {
  // A layer that an export has compressed itself can be uncompressed again.
  const plain = [{ reference: 'shop/api:1', layers: [{ text: 'base' }, { text: 'api' }] }];
  const [laidOut] = await makeLayout(at('plain'), plain);
  await writeFile(at('one.yml'), 'name: shop\nservices: {api: {image: "shop/api:1"}}\n');
  const from = ['--from', `oci:${at('plain')}`, '--no-runtime'];
  expect(await bundle(['export', at('one.yml'), '-o', at('one.tar'), ...from])).toMatchObject({
    code: 0,
  });
  const words = ['images', at('one.tar'), '-o', at('docker.tar'), '--format', 'docker', '--json'];
  const { code, stdout } = await bundle(words);
  expect({ code, stdout }).toMatchObject({ code: 0 });
  expect(JSON.parse(stdout).images).toMatchObject([{ digest: laidOut?.configDigest }]);
  const text = await readFile(at('docker.tar'), 'latin1');
  for (const diffId of laidOut?.diffIds ?? [])
    expect(text).toContain(`${diffId.slice(7)}/layer.tar`);
});

test('a layer that came compressed is not uncompressed without its size, and the message says what to do', async () => {
  const { code, stdout } = await images('-o', at('none.tar'), '--format', 'docker');
  expect(code).toBe(2);
  expect(JSON.parse(stdout).error.hint).toContain('--format oci');
});

test('the standard output gets the same bytes, and nothing else', async () => {
  await images('-o', at('file.tar'));
  const words = ['images', at('shop.tar'), '-o', '-'];
  const child = startInShell(`"$@" >${at('piped.tar')}`, words);
  expect(await finished(child)).toMatchObject({ code: 0 });
  const [file, piped] = await Promise.all([readFile(at('file.tar')), readFile(at('piped.tar'))]);
  expect(file.equals(piped)).toBe(true);
  expect(await images('-o', '-')).toMatchObject({ code: 2 });
});

test('a reader that stops early ends it quietly', async () => {
  const child = startInShell('"$@" | head -c 10 >/dev/null', ['images', at('shop.tar'), '-o', '-']);
  expect((await finished(child)).stderr).not.toContain('internal');
});

test('--image chooses by image or by service', async () => {
  for (const name of ['web', 'web:latest', 'site']) {
    const { stdout } = await images('-o', at('one-image.tar'), '--image', name, '--force');
    expect(JSON.parse(stdout).images).toMatchObject([{ reference: 'web:latest' }]);
  }
  const { code, stdout } = await images('-o', at('none.tar'), '--image', 'db');
  expect(code).toBe(20);
  expect(JSON.parse(stdout).error.found).toBe('shop/api:1, web:latest');
  expect(await readdir(work)).not.toContain('none.tar');
});

test('an existing file stays, unless --force', async () => {
  await writeFile(at('taken.tar'), 'mine');
  expect((await images('-o', at('taken.tar'))).code).toBe(40);
  expect(await readFile(at('taken.tar'), 'utf8')).toBe('mine');
  expect((await images('-o', at('taken.tar'), '--force')).code).toBe(0);
});

test('an incremental bundle is refused', async () => {
  await exported('next.tar', '--since', at('shop.tar'));
  const { code, stderr } = await bundle(['images', at('next.tar'), '-o', at('next-images.tar')]);
  expect(code).toBe(70);
  expect(stderr).toContain('without layers of shop/api:1');
});

test('of a damaged bundle nothing is written', async () => {
  const bytes = await readFile(at('shop.tar'));
  const digest = layout[0]?.layerDigests[1] ?? '';
  const place = bytes.lastIndexOf(`images/blobs/sha256/${digest.slice(7)}`);
  await writeFile(at('bad.tar'), bytes);
  const handle = await open(at('bad.tar'), 'r+');
  await handle.write('X', place + 512 + 20);
  await handle.close();
  const { code } = await bundle(['images', at('bad.tar'), '-o', at('bad-images.tar')]);
  expect(code).toBe(51);
  expect((await readdir(work)).filter((name) => name.includes('bad-images'))).toEqual([]);
});
