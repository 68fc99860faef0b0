import { copyFile, cp, mkdtemp, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEngine } from '@bundle/engine';
import { docker, dockerHost, type RecordingProxy, recordEngine } from '@bundle/testkit';
import { importBundle } from '../src/import.ts';
import { buildBundle, forms, quiet, rewrite, type TestBundle } from './build-bundle.ts';
import { damages, newer, topLayer } from './damages.ts';

const engine = 'offline-28';
let work: string;
let proxy: RecordingProxy;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'untouched-'));
  const socket = (await dockerHost(engine)).replace('unix://', '');
  proxy = await recordEngine(socket, join(work, 'engine.sock'));
});
afterAll(async () => {
  await proxy.close();
  await rm(work, { recursive: true, force: true });
});

async function importedThrough(bundle: string, state: string): Promise<string> {
  const { dockerHost } = proxy;
  const real = await openEngine({ engine: 'docker', dockerHost, env: process.env });
  const options = { bundle, stateDir: join(work, state), dryRun: false, ...quiet };
  return (await importBundle(real, options)).outcome;
}

describe.each(forms)('a real engine gets no changing request when a %s is refused', (form) => {
  let good: TestBundle;
  beforeAll(async () => {
    good = await buildBundle(join(work, form === 'tar' ? 'newer.tar' : 'newer'), newer);
  });

  test.each(damages)('because %s', async (name, change, code) => {
    const path = join(work, `damaged-${form}${form === 'tar' ? '.tar' : ''}`);
    await rm(path, { recursive: true, force: true });
    await cp(good.path, path, { recursive: true });
    await rewrite(path, (contents) => change(contents, topLayer(good)));
    await expect(importedThrough(path, `state-${name.length}`)).rejects.toMatchObject({ code });
    expect(proxy.changing()).toEqual([]);
  });

  test('because its end is missing', async () => {
    if (form !== 'tar') return;
    const path = join(work, 'cut.tar');
    await copyFile(good.path, path);
    await truncate(path, (await stat(path)).size - 1024);
    const code = 'archive-truncated';
    await expect(importedThrough(path, 'state-cut')).rejects.toMatchObject({ code });
    expect(proxy.changing()).toEqual([]);
  });
});

test('a whole bundle is loaded through the same proxy, which records it', async () => {
  const { path } = await buildBundle(join(work, 'whole.tar'), newer);
  expect(await importedThrough(path, 'state-whole')).toBe('imported');
  expect(proxy.changing().map(({ path }) => path)).toContainEqual(
    expect.stringContaining('/images/load'),
  );
  await docker(engine, 'rmi', '-f', ...newer.map(({ reference }) => reference));
});
