import { mkdtemp, realpath, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLayoutEngine } from '@bundle/engine';
import { importBundle } from '../../import/src/import.ts';
import { buildBundle, quiet } from '../../import/test/build-bundle.ts';
import { takeInventory } from '../src/inventory.ts';

let work: string;
beforeEach(async () => {
  work = await realpath(await mkdtemp(join(tmpdir(), 'inventory-')));
});
afterEach(() => rm(work, { recursive: true, force: true }));

test.each(['partial', 'removed'])(
  'an inventory lists staged releases, but none that a killed run left as .%s',
  async (suffix) => {
    const engine = createLayoutEngine(join(work, 'engine'));
    const stateDir = join(work, 'state');
    const imported = async (version: string) => {
      const { path } = await buildBundle(join(work, version), undefined, { version });
      return importBundle(engine, { bundle: path, stateDir, dryRun: false, ...quiet });
    };
    const one = await imported('1.0');
    const two = await imported('2.0');
    const listed = async () => (await takeInventory(engine, stateDir, {})).releases;
    const [first, second] = [one, two].map(({ manifest, digest }) => {
      const { product, version, channel, sequence } = manifest;
      return { product, version, channel, sequence, digest };
    });
    expect(await listed()).toEqual([first, second]);
    await rename(one.releaseDir, `${one.releaseDir}.${suffix}`);
    expect(await listed()).toEqual([second]);
  },
);
