import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readDeltaHeader } from '@bundle/delta';
import { layerOf, rebuilt } from './layers.ts';

const folder = join(import.meta.dirname, '../../../fixtures/golden/delta-v1');

/** Written once; it must be readable as long as the encoding has this name. It has every operation, and both kinds of packs. */
test('the golden delta makes the golden layer', async () => {
  const [old, next, delta] = await Promise.all(
    ['old.tar', 'new.tar', 'delta.bin'].map((name) => readFile(join(folder, name))),
  );
  if (old === undefined || next === undefined || delta === undefined) throw new Error('no fixture');
  expect(await readDeltaHeader(layerOf(delta))).toEqual({
    oldSizes: [old.length],
    size: next.length,
  });
  expect((await rebuilt([old], delta, next.length)).equals(next)).toBe(true);
});
