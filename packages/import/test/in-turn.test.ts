import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTar } from '@bundle/archive';
import { createLayoutEngine, type Engine } from '@bundle/engine';
import { hexOf } from '@bundle/format';
import { openManifest } from '@bundle/verify';
import { importBundle } from '../src/import.ts';
import { checkTurns } from '../src/load-in-turn.ts';
import { buildBundle, quiet, type TestBundle } from './build-bundle.ts';

let work: string;
let built: TestBundle;
const at = (...names: string[]): string => join(work, ...names);
const list = (): string => at('parts/shop.tar.parts.json');

beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'in-turn-'));
  await mkdir(at('parts'));
  await mkdir(at('shelf'));
  const text = (): string => randomBytes(6000).toString('base64');
  const base = { text: text() };
  built = await buildBundle(
    at('parts/shop.tar'),
    [
      { reference: 'shop-api:1.0', layers: [base, { text: text() }] },
      { reference: 'shop-web:1.0', layers: [base, { text: text(), compression: 'gzip' }] },
    ],
    { format: 'tar', partBytes: 8000 },
  );
  const names = (await readdir(at('parts'))).filter((name) => /\.part\d+$/.test(name)).sort();
  for (const name of names.slice(1)) await rename(at('parts', name), at('shelf', name));
});
afterEach(() => rm(work, { recursive: true, force: true }));

const askFor = async (name: string): Promise<boolean> => {
  await rename(at('shelf', name), at('parts', name));
  return true;
};

test('an engine that cannot read zstd gets uncompressed layers in Docker’s older form, in one archive', async () => {
  const sent = new Map<string, string>();
  const layout = createLayoutEngine(at('engine'));
  const older: Engine = {
    ...layout,
    info: async () => ({ ...(await layout.info()), readsZstd: false }),
    loadImages: async (archive) => {
      for await (const entry of readTar(archive, quiet.signal, () => undefined)) {
        const hash = createHash('sha256');
        for await (const chunk of entry) hash.update(chunk);
        sent.set(entry.path, hash.digest('hex'));
      }
    },
  };
  const options = { bundle: list(), find: { askFor }, stateDir: at('state'), dryRun: false };
  // Nothing accepted the archive, and this is noticed.
  await expect(importBundle(older, { ...options, ...quiet })).rejects.toMatchObject({
    code: 'load-mismatch',
  });
  const [api, web] = built.images;
  for (const diffId of [...(api?.diffIds ?? [])]) {
    expect(sent.get(`${hexOf(diffId)}/layer.tar`)).toBe(hexOf(diffId));
  }
  const gzipped = `${hexOf(web?.diffIds[1] ?? 'sha256:')}/layer.tar`;
  expect(sent.get(gzipped)).toBe(hexOf(web?.layerDigests[1] ?? 'sha256:'));
  const configs = built.images.map(({ configDigest }) => `${hexOf(configDigest)}.json`);
  expect([...sent.keys()]).toEqual(expect.arrayContaining(['manifest.json', ...configs]));
  expect(sent.size).toBe(1 + configs.length + 3);
  expect(await readdir(at('state/shop/releases'))).toEqual([]);
});

test('an incremental bundle is refused before anything changes if the engine cannot load an archive without its layers', async () => {
  const opened = await openManifest(list(), { askFor });
  const info = await createLayoutEngine(at('engine')).info();
  const digest = built.images[0]?.layerDigests[0] ?? 'sha256:';
  const incremental = {
    ...opened,
    manifest: { ...opened.manifest, omitted: [{ digest, size: 1 }] },
  };
  const older = { ...info, loadsPartially: false };
  expect(() => checkTurns(incremental, older)).toThrow(
    expect.objectContaining({ code: 'part-missing' }),
  );
  checkTurns(incremental, info);
  checkTurns(opened, older);
});
