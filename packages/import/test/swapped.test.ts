import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLayoutEngine } from '@bundle/engine';
import { paths } from '@bundle/format';
import { snapshot } from '@bundle/testkit';
import { importBundle } from '../src/import.ts';
import {
  buildBundle,
  contentsOf,
  forms,
  quiet,
  resign,
  rewrite,
  type TestBundle,
} from './build-bundle.ts';

let work: string;
let bundle: TestBundle;
beforeEach(async () => {
  work = await realpath(await mkdtemp(join(tmpdir(), 'swapped-')));
});
afterEach(() => rm(work, { recursive: true, force: true }));

const state = (): string => join(work, 'state');
const importWith = (confirm: () => Promise<boolean>) =>
  importBundle(createLayoutEngine(join(work, 'target')), {
    bundle: bundle.path,
    stateDir: state(),
    dryRun: false,
    ...quiet,
    confirm,
  });

describe.each(forms)('while a question about a %s is open', (form) => {
  beforeEach(async () => {
    const path = join(work, form === 'tar' ? 'shop.tar' : 'shop');
    bundle = await buildBundle(path);
  });

  test.each([paths.manifest, paths.checksums, paths.compose])(
    '%s is changed: the import fails, and nothing of it is staged',
    async (file) => {
      const swap = async (): Promise<boolean> => {
        await rewrite(bundle.path, (contents) => {
          const bytes = Buffer.from(contents.get(file) ?? '');
          bytes[bytes.length - 2] = (bytes[bytes.length - 2] ?? 0) ^ 1;
          contents.set(file, bytes);
        });
        return true;
      };
      await expect(importWith(swap)).rejects.toMatchObject({ code: 'digest-mismatch' });
      const left = Object.keys(await snapshot(state()));
      expect(left.filter((path) => path.includes(paths.manifest))).toEqual([]);
      expect(left.filter((path) => path.endsWith('current'))).toEqual([]);
    },
  );

  test('bundle.json is replaced by another consistent one: the import fails', async () => {
    const swap = async (): Promise<boolean> => {
      await rewrite(bundle.path, (contents) =>
        resign(contents, (manifest) => {
          manifest.created = '2030-01-01T00:00:00Z';
        }),
      );
      return true;
    };
    await expect(importWith(swap)).rejects.toMatchObject({
      code: expect.stringMatching(/^(digest|size)-mismatch$/),
    });
  });

  test('nothing changes: the staged bundle.json is that of the bundle', async () => {
    const { releaseDir } = await importWith(async () => true);
    const contents = await contentsOf(bundle.path);
    for (const file of [paths.manifest, paths.checksums])
      expect(await readFile(join(releaseDir, file))).toEqual(contents.get(file));
  });
});
