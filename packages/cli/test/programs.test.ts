import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { packPlugin, readKnownHosts } from '@bundle/export';
import { notOnAll } from '../src/shared/programs/executables.ts';
import { haveAll } from '../src/shared/programs/plugins.ts';

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'programs-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

const carries = (path: string, text = '') => ({
  programs: [{ path, sha256: createHash('sha256').update(text).digest('hex') }],
  plugins: {},
});
const owns = (compose: string) => ({ programs: [], plugins: { compose } });

test.each([
  ['has its own', [owns('2.40.3')], true],
  ['has one that is too old', [owns('2.24.3')], false],
  ['has one from an earlier bundle', [carries('runtime/docker-compose.zst')], true],
  ['has only buildx', [carries('runtime/docker-buildx.zst')], false],
  ['is one of two, and the other has none', [owns('2.40.3'), carries('runtime/bundle')], false],
])('Compose is left out only where every host has it: a host %s', (_case, hosts, expected) => {
  expect(haveAll(hosts, 'compose')).toBe(expected);
});

test('a program is left out only where every host has the same bytes', async () => {
  const program = join(work, 'bundle');
  await writeFile(program, 'the command');
  const files = [{ path: 'runtime/bundle', program }];
  const same = carries('runtime/bundle', 'the command');
  expect(await notOnAll(files, [same, same])).toEqual([]);
  expect(await notOnAll(files, [same, carries('runtime/bundle', 'another')])).toEqual(files);
});

test('which programs hosts have is known only if all inventories tell', async () => {
  const platform = { os: 'linux', architecture: 'amd64' };
  const digest = `sha256:${'a'.repeat(64)}`;
  const inventory = async (name: string, more: object): Promise<string> => {
    const document = {
      kind: 'bundle-inventory',
      schemaVersion: 1,
      platform,
      engine: { version: '28.5.2', store: 'containerd' },
      releases: [{ product: 'shop', version: '1', digest }],
      layers: [],
      ...more,
    };
    await writeFile(join(work, name), JSON.stringify(document));
    return join(work, name);
  };
  const telling = await inventory('new.json', owns('2.40.3'));
  const silent = await inventory('old.json', {});
  const known = async (...files: string[]) =>
    (await readKnownHosts(undefined, files, 'shop', platform)).programs;
  expect(await known(telling)).toEqual([owns('2.40.3')]);
  expect(await known(telling, silent)).toBeUndefined();
});

test('a plugin is compressed once, and again if what was kept is damaged', async () => {
  const plugin = join(work, 'docker-compose');
  const bytes = Buffer.from('plugin '.repeat(100_000));
  await writeFile(plugin, bytes);
  const warnings: string[] = [];
  const cache = join(work, 'cache');
  const pack = () =>
    packPlugin(plugin, {
      name: 'docker-compose',
      cache,
      onWarning: (problem) => warnings.push(problem),
      onProgress: () => undefined,
      signal: new AbortController().signal,
    });
  const packed = await pack();
  expect(zstdDecompressSync(packed).equals(bytes)).toBe(true);
  const [kept = '', ...others] = await readdir(cache);
  expect(others).toEqual([]);
  expect(await pack()).toEqual(packed);
  expect(warnings).toEqual([]);
  for (const damaged of [Buffer.from('damaged'), packed.subarray(0, -5)]) {
    await writeFile(join(cache, kept), damaged);
    expect(await pack()).toEqual(packed);
    expect(await readFile(join(cache, kept))).toEqual(packed);
  }
  expect(warnings).toHaveLength(2);
  await rm(cache, { recursive: true });
  await writeFile(cache, 'no folder');
  expect(await pack()).toEqual(packed);
  expect(warnings.at(-1)).toContain('the next export compresses again');
});
