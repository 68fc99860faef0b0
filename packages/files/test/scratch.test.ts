import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownMark } from '../src/mark.ts';
import { withScratch } from '../src/scratch.ts';

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'scratch-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

test('temporary files are gone afterwards, also after a failure', async () => {
  const place = join(work, 'not/there/yet/layers');
  const found = await withScratch(place, async (folder) => {
    await writeFile(join(folder, 'large'), 'x');
    return folder;
  });
  expect(found.startsWith(join(work, 'not/there/yet/.layers.'))).toBe(true);
  const failing = withScratch(place, async (folder) => {
    await writeFile(join(folder, 'large'), 'x');
    throw new Error('full');
  });
  await expect(failing).rejects.toThrow('full');
  expect(await readdir(join(work, 'not/there/yet'))).toEqual([]);
});

test('what a killed run has left is removed, what is in use is not', async () => {
  const mark = await ownMark();
  const left = `.layers.partial-${mark.replace(/^\d+/, '4194305')}`;
  await mkdir(join(work, left));
  await writeFile(join(work, left, 'large'), 'x');
  await withScratch(join(work, 'layers'), async () => {
    expect(await readdir(work)).toEqual([expect.not.stringContaining('4194305')]);
  });
});
