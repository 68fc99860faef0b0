import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleManifestSchema, checksumsText } from '@bundle/format';
import { makeLayout } from '@bundle/testkit';
import { bundle } from './run-bundle.ts';

// manifest.json of a complete bundle, which `docker load` reads. docker-load.engine.test.ts uses real engines.

let work: string;
const at = (name: string): string => join(work, name);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function exported(output: string, ...args: string[]): Promise<void> {
  const options = ['--engine', `oci:${at('layout')}`, '--no-runtime', '--no-progress'];
  const words = ['export', at('compose.yml'), '-o', at(output), ...options, ...args];
  expect(await bundle(words)).toMatchObject({ code: 0 });
}
const verify = (name: string) => bundle(['verify', at(name), '--no-progress']);

/** Replaces a file of a bundle and updates its lists. */
async function replace(folder: string, path: string, text: string): Promise<void> {
  await writeFile(join(folder, path), text);
  const manifest = bundleManifestSchema.parse(
    JSON.parse(await readFile(join(folder, 'bundle.json'), 'utf8')),
  );
  const files = manifest.files.map((file) =>
    file.path === path ? { ...file, size: text.length, sha256: sha256(text) } : file,
  );
  const stored = files.reduce((sum, { size }) => sum + size, 0);
  const sizes = { ...manifest.sizes, stored };
  const json = `${JSON.stringify({ ...manifest, sizes, files }, null, 1)}\n`;
  await writeFile(join(folder, 'bundle.json'), json);
  await writeFile(join(folder, 'checksums.sha256'), checksumsText(files, sha256(json)));
}

beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'load-manifest-'));
  await writeFile(at('compose.yml'), 'name: shop\nservices: { app: { image: "app:1" } }\n');
  await makeLayout(at('layout'), [{ reference: 'app:1', layers: [{ text: 'base' }] }]);
});
afterEach(() => rm(work, { recursive: true, force: true }));

test('one that lists other images than bundle.json is detected', async () => {
  await exported('shop');
  const text = await readFile(at('shop/manifest.json'), 'utf8');
  expect(JSON.parse(text)).toMatchObject([
    { RepoTags: ['app:1'], Config: expect.stringMatching(/^images\/blobs\/sha256\/[0-9a-f]{64}$/) },
  ]);
  await replace(at('shop'), 'manifest.json', text);
  expect(await verify('shop')).toMatchObject({ code: 0 });
  await replace(at('shop'), 'manifest.json', text.replace('app:1', 'app:9'));
  const { code, stderr } = await verify('shop');
  expect(code).toBe(57);
  expect(stderr).toContain('does not agree with the images in bundle.json');
});

test.each(['{"name": "A web app"}', '[]', 'not JSON'])(
  'a file of the application of that name, %s, is packed instead of it',
  async (text) => {
    await writeFile(at('manifest.json'), text);
    const mounts = 'volumes: ["./manifest.json:/www/manifest.json:ro"]';
    await writeFile(at('compose.yml'), `services: { app: { image: "app:1", ${mounts} } }\n`);
    await exported('shop.tar', '--name', 'shop');
    await exported('shop', '--name', 'shop');
    expect(await readFile(at('shop/manifest.json'), 'utf8')).toBe(text);
    expect(await verify('shop')).toMatchObject({ code: 0 });
    expect(await verify('shop.tar')).toMatchObject({ code: 0 });
  },
);

test('an incremental bundle has none, since docker load would leave broken images', async () => {
  await exported('one');
  await makeLayout(at('layout'), [
    { reference: 'app:1', layers: [{ text: 'base' }, { text: 'two' }] },
  ]);
  await exported('two', '--since', at('one'));
  await expect(readFile(at('two/manifest.json'))).rejects.toThrow('ENOENT');
  expect(await verify('two')).toMatchObject({ code: 0 });
});
