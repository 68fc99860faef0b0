import { createHash } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { paths } from '@bundle/format';
import { fixChecksum, makeLayout } from '@bundle/testkit';
import {
  buildBundle,
  contentsOf,
  resign,
  rewrite,
  sha256,
  text,
} from '../../../import/test/build-bundle.ts';
import { tarFileHeader } from '../../../store/src/tar-format.ts';
import { bundle, finished, startInShell } from '../run-bundle.ts';
import { list, OfflineHost } from './offline-host.ts';

// The table of attacks in docs/reliability.md names these tests beside those of the numbered faults.

let host: OfflineHost;
beforeAll(async () => {
  host = await OfflineHost.make();
});
afterAll(() => host.remove());

async function edited(change: Parameters<typeof rewrite>[1], form = 'folder'): Promise<string> {
  const path = host.at(form === 'tar' ? 'newer.tar' : 'newer');
  await rm(path, { recursive: true, force: true });
  await rm(`${path}.layout`, { recursive: true, force: true });
  await buildBundle(path, undefined, { version: '2.0', sequence: 20 });
  await rewrite(path, change);
  return path;
}

/** Adds files of one byte, and lists them. */
function addFiles(contents: Map<string, Buffer>, names: readonly string[]): void {
  const bytes = Buffer.from('x');
  for (const name of names) contents.set(name, bytes);
  resign(contents, (manifest) => {
    for (const path of names) list(manifest, { path, size: 1, sha256: sha256(bytes) });
  });
}

/** Gives the first image of a bundle another config, and makes everything that names it agree. */
function replaceConfig(contents: Map<string, Buffer>, config: Buffer): void {
  const { images } = JSON.parse(text(contents, paths.manifest));
  const top = String(images[0].topDigest).slice('sha256:'.length);
  const { config: old } = JSON.parse(text(contents, `${paths.blobsDir}/${top}`));
  const before = String(old.digest).slice('sha256:'.length);
  const now = sha256(config);
  const document = Buffer.from(
    JSON.stringify({
      ...JSON.parse(text(contents, `${paths.blobsDir}/${top}`)),
      config: { ...old, digest: `sha256:${now}`, size: config.length },
    }),
  );
  const topNow = sha256(document);
  const index = JSON.parse(text(contents, paths.imageIndex));
  for (const one of index.manifests) if (one.digest === `sha256:${top}`) one.size = document.length;
  contents.set(paths.imageIndex, Buffer.from(JSON.stringify(index)));
  const renamed = (name: string): [string, Buffer] | undefined => {
    if (name === `${paths.blobsDir}/${before}`) return [`${paths.blobsDir}/${now}`, config];
    if (name === `${paths.blobsDir}/${top}`) return [`${paths.blobsDir}/${topNow}`, document];
    return undefined;
  };
  const all = [...contents].map(([name, bytes]): [string, Buffer] => {
    const isText = [paths.manifest, paths.imageIndex, paths.dockerManifest].some((p) => p === name);
    const words = bytes.toString().replaceAll(before, now).replaceAll(top, topNow);
    return renamed(name) ?? [name, isText ? Buffer.from(words) : bytes];
  });
  contents.clear();
  for (const [name, bytes] of all) contents.set(name, bytes);
  resign(contents, () => undefined);
}

test.each([
  ['text as its layers', { rootfs: { type: 'layers', diff_ids: 'x' } }],
  ['a number as its layers', { rootfs: { type: 'layers', diff_ids: [1, 2] } }],
  ['no layers', {}],
])('an image config with %s is refused, and the engine stays usable', async (_, config) => {
  const base = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : 'arm64' };
  const path = await edited((contents) =>
    replaceConfig(contents, Buffer.from(JSON.stringify({ ...base, ...config }))),
  );
  await host.refuses(path, 57);
  expect(await host.import(host.at('before'))).toMatchObject({ code: 0 });
});

test('a file and a folder of one name are refused', async () => {
  const path = await edited((contents) => addFiles(contents, ['notes', 'notes/x']), 'tar');
  await host.refuses(path, 56);
});

test('a file at a path that the host uses itself is refused', async () => {
  const path = await edited((contents) => addFiles(contents, ['.env.previous/x']));
  expect(await host.refuses(path, 57)).toContain('.env.previous/x');
});

test.each([
  ['is empty', ''],
  ['names no image', '{"schemaVersion":2,"manifests":[]}'],
  ['is cut short', '{"schemaVersion":2,"manifests":['],
])('a list of images that %s is refused', async (_, content) => {
  const path = await edited((contents) => {
    contents.set(paths.imageIndex, Buffer.from(content));
    resign(contents, () => undefined);
  });
  expect(await host.refuses(path, 57)).toContain(paths.imageIndex);
});

test.each([paths.manifest, paths.imageIndex, paths.dockerManifest, paths.ociLayout])(
  'bytes that are not UTF-8 in %s are refused',
  async (file) => {
    const path = await edited((contents) => {
      const bytes = contents.get(file) ?? Buffer.alloc(0);
      const odd = Buffer.from([0x22, 0xff, 0x22, 0x3a, 0x31, 0x2c]);
      const at = bytes.indexOf('{') + 1;
      const changed = Buffer.concat([bytes.subarray(0, at), odd, bytes.subarray(at)]);
      if (file !== paths.manifest) contents.set(file, changed);
      resign(contents, () => undefined);
      if (file === paths.manifest) contents.set(file, changed);
    });
    await host.refuses(path, 57);
  },
);

describe('a header that GNU tar does not accept is refused', () => {
  /** Puts bytes into the header of the Compose file, and corrects its checksum (POSIX.1-1988, ustar). */
  const patched = async (offset: number, bytes: string): Promise<string> => {
    const { path } = await buildBundle(host.at('odd.tar'), undefined, {
      ...{ version: '2.0', sequence: 20, force: true },
    });
    const parts = [...(await contentsOf(path))].flatMap(([name, content]) => {
      const header = tarFileHeader(name, content.length, false, new Date(0));
      if (name === paths.compose) {
        header.write(bytes, offset, 'latin1');
        fixChecksum(header);
      }
      return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
    });
    await writeFile(path, Buffer.concat([...parts, Buffer.alloc(1024)]));
    return path;
  };
  test.each([
    ['a mode', 100, 'rw-r--'],
    ['an owner', 108, 'root'],
    ['a group', 116, 'root'],
    ['a time', 136, 'today'],
    ['no magic', 257, '\0\0\0\0\0\0\0\0'],
  ])('because of %s', async (_, offset, bytes) => {
    await host.refuses(await patched(offset, bytes), 56);
  });
  test('and one that is only written again is accepted', async () => {
    expect(await host.run('verify', await patched(257, 'ustar'))).toMatchObject({ code: 0 });
  });
});

const source = 'build-cache/source.tar.gz';
const recipes = {
  schemaVersion: 1,
  engine: '28.0.0',
  recipes: [
    {
      ...{ services: ['api'], image: 'shop-api:1.0', context: '.', platform: 'linux/amd64' },
      ...{ dockerfile: { path: 'Dockerfile' }, buildArgs: {}, labels: {}, buildContexts: {} },
      ...{ extraHosts: [], ulimits: [], bases: [], files: [], contextFiles: {}, steps: [] },
      stages: [{ name: 'final', image: 'shop-api:1.0', manifest: `sha256:${'a'.repeat(64)}` }],
    },
  ],
  source: { project: '.' },
};
/** Makes a release with this packed source the current one of a host of its own; returns what writes its source. */
const installed = async (archive: Buffer): Promise<readonly string[]> => {
  const path = await edited((contents) => {
    contents.set(paths.recipes, Buffer.from(JSON.stringify(recipes)));
    contents.set(source, archive);
    resign(contents, (manifest) => {
      for (const file of [paths.recipes, source]) {
        const bytes = contents.get(file) ?? Buffer.alloc(0);
        list(manifest, { path: file, size: bytes.length, sha256: sha256(bytes) });
      }
    });
  });
  const state = await mkdtemp(host.at('state-'));
  const words = [...host.words(path), '--state-dir', state];
  const { code, stderr } = await bundle(words);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return ['source', host.at('source'), '--state-dir', state, '--no-progress'];
};
const entry = (path: string, mode: number, content = ''): Buffer => {
  const header = tarFileHeader(path, content.length, false, new Date(0));
  header.write(`${mode.toString(8).padStart(7, '0')}\0`, 100, 'latin1');
  fixChecksum(header);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, Buffer.from(content), padding]);
};
const packed = (...entries: readonly Buffer[]): Buffer =>
  gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)]));
afterEach(() => rm(host.at('source'), { recursive: true, force: true }));

describe('bundle source', () => {
  test('writes no file with setuid or setgid', async () => {
    const words = await installed(packed(entry('tool', 0o6755, '#!/bin/sh\n')));
    expect(await bundle(words)).toMatchObject({ code: 0 });
    expect((await lstat(host.at('source/tool'))).mode & 0o7777).toBe(0o755);
  });

  test.each([
    ['expands to a thousand times its size', () => packed(entry('zeros', 0o644, '\0'.repeat(4e8)))],
    ['leaves its folder', () => packed(entry('../escaped', 0o644, 'x'))],
  ])('refuses what %s, and leaves nothing', async (_, archive) => {
    const words = await installed(archive());
    const before = await readdir(host.work);
    const { code, stderr } = await bundle(words);
    expect({ code, stderr }).toMatchObject({ code: 56 });
    expect(await readdir(host.work)).toEqual(before);
  });
});

describe('what a damaged disk changed in the state folder', () => {
  test.each([
    ['the recipes', paths.recipes, '"28.0.0"', '"28.0.1"'],
    ['bundle.json of the release', paths.manifest, '"2.0"', '"2.1"'],
  ])('is not used: %s', async (_, file, before, after) => {
    const words = await installed(packed(entry('tool', 0o755, '#!/bin/sh\n')));
    const [folder = ''] = (await readdir(words[3] ?? '', { recursive: true }))
      .filter((name) => name.endsWith(`/${file}`))
      .map((name) => join(words[3] ?? '', name));
    const text = await readFile(folder, 'utf8');
    expect(text).toContain(before);
    // It stays valid.
    await writeFile(folder, text.replace(before, after));
    const { code, stderr } = await bundle(words);
    expect({ code, stderr }).toMatchObject({ code: 51 });
    expect(stderr).toContain(`tar -xf BUNDLE -C`);
    await writeFile(folder, text);
    expect(await bundle(words)).toMatchObject({ code: 0 });
  });
});

test('a lock that a dead run left with a later time holds up no import', async () => {
  const state = host.at('locked');
  const lock = join(state, 'shop/lock');
  await mkdir(lock, { recursive: true });
  const later = Date.now() / 1000 + 3600;
  await utimes(lock, later, later);
  const words = [...host.words(host.at('before')), '--state-dir', state];
  const { code, stdout, stderr } = await bundle(words);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout).toMatch(/^Imported/);
}, 30_000);

test('with umask 000 only its owner may change a bundle that was exported', async () => {
  const work = await mkdtemp(join(tmpdir(), 'umask-'));
  await makeLayout(join(work, 'layout'), [{ reference: 'app:1', layers: [{ text: 'base' }] }]);
  await writeFile(join(work, 'compose.yml'), 'services: {app: {image: "app:1"}}\n');
  const from = ['--engine', `oci:${join(work, 'layout')}`, '--no-runtime', '--no-progress'];
  for (const name of ['out', 'out.tar']) {
    const words = ['export', join(work, 'compose.yml'), '-o', join(work, name), ...from];
    const { code, stderr } = await finished(startInShell('umask 000; exec "$@"', words));
    expect({ code, stderr }).toMatchObject({ code: 0 });
  }
  const made = [
    'out.tar',
    'out',
    ...(await readdir(join(work, 'out'), { recursive: true })).map((file) => `out/${file}`),
  ];
  for (const name of made)
    expect({ name, mode: (await lstat(join(work, name))).mode & 0o022 }).toEqual({ name, mode: 0 });
  await rm(work, { recursive: true });
});

test('--force replaces nothing but a bundle', async () => {
  const work = await mkdtemp(join(tmpdir(), 'force-'));
  await makeLayout(join(work, 'layout'), [{ reference: 'app:1', layers: [{ text: 'base' }] }]);
  await writeFile(join(work, 'compose.yml'), 'services: {app: {image: "app:1"}}\n');
  await writeFile(join(work, 'thesis.tar'), 'mine');
  await mkdir(join(work, 'folder'));
  await writeFile(join(work, 'folder/bundle.json'), '{}');
  await writeFile(join(work, 'folder/thesis'), 'mine');
  const from = ['--engine', `oci:${join(work, 'layout')}`, '--no-runtime', '--no-progress'];
  for (const name of ['thesis.tar', 'folder']) {
    const words = ['export', join(work, 'compose.yml'), '-o', join(work, name), '--force'];
    const { code, stderr } = await bundle([...words, ...from]);
    expect({ code, stderr }).toMatchObject({ code: 40 });
  }
  expect(await readFile(join(work, 'thesis.tar'), 'utf8')).toBe('mine');
  expect(await readFile(join(work, 'folder/thesis'), 'utf8')).toBe('mine');
  await rm(work, { recursive: true });
});

test('each of 1,100 files that a spec names is packed', async () => {
  const work = await mkdtemp(join(tmpdir(), 'named-'));
  await makeLayout(join(work, 'layout'), [{ reference: 'app:1', layers: [{ text: 'base' }] }]);
  await writeFile(join(work, 'compose.yml'), 'services: {app: {image: "app:1"}}\n');
  await mkdir(join(work, 'data'));
  for (let n = 0; n < 1100; n += 1) await writeFile(join(work, `data/${n}`), `${n}`);
  const spec = join(work, 'app.bundle.yaml');
  await writeFile(spec, 'schemaVersion: 1\ncompose: [compose.yml]\nfiles: [data]\n');
  const from = ['--engine', `oci:${join(work, 'layout')}`, '--no-runtime', '--no-progress'];
  const { code, stderr } = await bundle(['export', spec, '-o', join(work, 'out'), ...from]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const { files } = JSON.parse(await readFile(join(work, 'out/bundle.json'), 'utf8'));
  const data = files.filter(({ path }: { path: string }) => path.includes('data/'));
  expect(data).toHaveLength(1100);
  const digests = new Set(data.map((file: { sha256: string }) => file.sha256));
  expect(digests.has(createHash('sha256').update('1099').digest('hex'))).toBe(true);
  await rm(work, { recursive: true });
});

test.each([
  ['privileged: true', paths.compose, 'runs privileged'],
  ['volumes: ["/:/host"]', paths.composeOffline, 'of the host'],
])('an import that would start %s from %s asks before it loads', async (setting, file, words) => {
  const path = await edited((contents) => {
    const image = file === paths.compose ? ', image: "shop-api:1.0"' : '';
    contents.set(file, Buffer.from(`services: {api: {${setting}${image}}}\n`));
    contents.set(paths.envExample, Buffer.from('LEVEL=info\n'));
    resign(contents, () => undefined);
  });
  // Only its version is asked for.
  const plugin = host.at('.docker/cli-plugins/docker-compose');
  await mkdir(dirname(plugin), { recursive: true });
  await writeFile(plugin, '#!/bin/sh\necho 2.40.0\n', { mode: 0o755 });
  const { dockerHost, changes } = await host.docker();
  const where = ['--docker-host', dockerHost, '--state-dir', host.at('state')];
  const start = ['import', path, ...where, '--up', '--yes', '--no-progress'];
  const { code, stderr } = await bundle(start, { env: { HOME: host.work } });
  expect({ code, stderr }).toMatchObject({ code: 94, stderr: expect.stringContaining(words) });
  expect(changes).toEqual([]);
});
