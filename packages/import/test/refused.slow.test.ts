import { mkdtemp, open, readFile, realpath, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLayoutEngine } from '@bundle/engine';
import { paths } from '@bundle/format';
import { openBundle, requireEntry } from '@bundle/store';
import { snapshot } from '@bundle/testkit';
import { verifyBundle } from '@bundle/verify';
import { importBundle } from '../src/import.ts';
import type { ImportOptions } from '../src/import-types.ts';
import {
  buildBundle,
  forms,
  quiet,
  resign,
  rewrite,
  sampleImages,
  type TestBundle,
  text,
} from './build-bundle.ts';
import { damages, newer, topLayer } from './damages.ts';

let work: string;
beforeEach(async () => {
  work = await realpath(await mkdtemp(join(tmpdir(), 'refused-')));
  await importInto((await buildBundle(join(work, 'before'))).path);
});
afterEach(() => rm(work, { recursive: true, force: true }));

const importInto = (bundle: string, more: Partial<ImportOptions> = {}) =>
  importBundle(createLayoutEngine(join(work, 'target')), {
    bundle,
    stateDir: join(work, 'state'),
    dryRun: false,
    ...quiet,
    ...more,
  });
/** The log of the host is no part of what must not change: it records attempts, too. */
const hostNow = async () => {
  const { '_history/log.jsonl': _, ...state } = await snapshot(join(work, 'state'));
  return { engine: await snapshot(join(work, 'target')), state };
};

const newerBundle = (form: string): Promise<TestBundle> =>
  buildBundle(join(work, form === 'tar' ? 'newer.tar' : 'newer'), newer, { version: '2.0' });

describe.each(forms)('a %s is refused before anything changes', (form) => {
  test.each(damages)('when %s', async (_, change, code) => {
    const bundle = await newerBundle(form);
    await rewrite(bundle.path, (contents) => change(contents, topLayer(bundle)));
    const before = await hostNow();
    await expect(importInto(bundle.path)).rejects.toMatchObject({ code });
    expect(await hostNow()).toEqual(before);
  });

  test('unlike one rewritten without changes, which is imported', async () => {
    const { path } = await newerBundle(form);
    await rewrite(path, (contents) => resign(contents, () => undefined));
    expect((await importInto(path)).outcome).toBe('imported');
  });

  test('when a layer is exchanged between verification and load', async () => {
    const bundle = await newerBundle(form);
    const layer = requireEntry(await openBundle(bundle.path), topLayer(bundle));
    const before = await hostNow();
    const swap = async (): Promise<boolean> => {
      const handle = await open(layer.file, 'r+');
      await handle.write(Buffer.alloc(layer.size, 'x'), 0, layer.size, layer.offset);
      await handle.close();
      return true;
    };
    await expect(importInto(bundle.path, { confirm: swap })).rejects.toMatchObject({
      code: 'digest-mismatch',
      details: { subject: topLayer(bundle) },
    });
    const after = await hostNow();
    expect(after.state).toEqual(before.state);
    const engine = createLayoutEngine(join(work, 'target'));
    expect((await engine.inspectImage('shop-api:1.0'))?.id).not.toBe(
      bundle.report.manifest.images[0]?.topDigest,
    );
    const arrived = Object.keys(after.engine).filter((path) => !(path in before.engine));
    expect(arrived.join()).not.toContain(topLayer(bundle).slice(-64));
  });

  test('when the list of images is exchanged between verification and load', async () => {
    const bundle = await newerBundle(form);
    const index = requireEntry(await openBundle(bundle.path), paths.imageIndex);
    const before = await hostNow();
    const swap = async (): Promise<boolean> => {
      const handle = await open(index.file, 'r+');
      await handle.write(Buffer.from('{"manifests":[],"schemaVersion":2 '), 0, 34, index.offset);
      await handle.close();
      return true;
    };
    await expect(importInto(bundle.path, { confirm: swap })).rejects.toMatchObject({
      code: 'digest-mismatch',
      details: { subject: paths.imageIndex },
    });
    expect(await hostNow()).toEqual(before);
  });

  test('when the Compose file is exchanged between verification and installation', async () => {
    const bundle = await newerBundle(form);
    const compose = requireEntry(await openBundle(bundle.path), paths.compose);
    const before = await hostNow();
    const swap = async (): Promise<boolean> => {
      const handle = await open(compose.file, 'r+');
      await handle.write(Buffer.alloc(compose.size, '#'), 0, compose.size, compose.offset);
      await handle.close();
      return true;
    };
    await expect(importInto(bundle.path, { confirm: swap })).rejects.toMatchObject({
      code: 'digest-mismatch',
    });
    expect((await hostNow()).state).toEqual(before.state);
  });

  test('when it is interrupted', async () => {
    const { path } = await newerBundle(form);
    const before = await hostNow();
    const signal = AbortSignal.abort();
    await expect(importInto(path, { signal })).rejects.toMatchObject({ code: 'interrupted' });
    expect(await hostNow()).toEqual(before);
  });

  test('when its list of images is nonsense, although all digests are right', async () => {
    const { path } = await newerBundle(form);
    await rewrite(path, (contents) => {
      contents.set(paths.imageIndex, Buffer.from('{"schemaVersion":2}'));
      resign(contents, () => undefined);
    });
    const before = await hostNow();
    await expect(importInto(path)).rejects.toMatchObject({ code: 'manifest-invalid' });
    expect(await hostNow()).toEqual(before);
  });

  test('when images are listed under each other’s names', async () => {
    const path = join(work, form === 'tar' ? 'swapped.tar' : 'swapped');
    const images = sampleImages.map(({ reference, layers }) => ({
      reference: reference.replace('1.0', '3.0'),
      layers,
    }));
    await buildBundle(path, images, { version: '3.0' });
    await rewrite(path, (contents) => {
      const index = JSON.parse(text(contents, paths.imageIndex));
      const [one, two] = index.manifests;
      [one.annotations, two.annotations] = [two.annotations, one.annotations];
      contents.set(paths.imageIndex, Buffer.from(JSON.stringify(index)));
      resign(contents, () => undefined);
    });
    const before = await hostNow();
    await expect(importInto(path)).rejects.toMatchObject({ code: 'manifest-invalid' });
    expect(await hostNow()).toEqual(before);
  });
});

test('a single file truncated anywhere is refused before anything changes', async () => {
  const { path } = await newerBundle('tar');
  const whole = await readFile(path);
  const before = await hostNow();
  for (let size = whole.length - 512; size > 0; size -= 4096) {
    await writeFile(path, whole.subarray(0, size));
    await expect(importInto(path)).rejects.toMatchObject({ code: 'archive-truncated' });
  }
  expect(await hostNow()).toEqual(before);
});

test('verification names every wrong file with its code', async () => {
  const bundle = await newerBundle('folder');
  const layer = topLayer(bundle);
  await truncate(join(bundle.path, layer), 3);
  await rm(join(bundle.path, paths.readme));
  await writeFile(join(bundle.path, 'extra'), '');
  await writeFile(
    join(bundle.path, paths.compose),
    '#'.repeat((await stat(join(bundle.path, paths.compose))).size),
  );
  const { findings } = await verifyBundle(bundle.path, quiet);
  const found = findings.map(({ code, file }) => `${code} ${file}`);
  expect(found).toEqual(
    expect.arrayContaining([
      `size-mismatch ${layer}`,
      `file-missing ${paths.readme}`,
      'file-unlisted extra',
      `digest-mismatch ${paths.compose}`,
    ]),
  );
});

test('an image for a different platform than the bundle’s is not exported, and nothing is left behind', async () => {
  const path = join(work, 'foreign');
  const foreign = [{ reference: 'a:1', layers: [{ text: 'a' }], architecture: 's390x' }];
  const platform = { os: 'linux', architecture: 'riscv64' };
  await expect(buildBundle(path, foreign, { platform })).rejects.toMatchObject({
    code: 'platform-mismatch',
  });
  expect(Object.keys(await snapshot(work)).filter((name) => /partial|foreign$/.test(name))).toEqual(
    [],
  );
});
