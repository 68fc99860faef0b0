import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownMark } from '@bundle/files';
import { repairParts } from '../src/repair.ts';

const quiet = { onProgress: () => undefined, signal: new AbortController().signal };
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'repair-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

test('what a killed repair left on the stick is gone after the next one', async () => {
  const parts = ['one', 'two'].map((text, index) => ({
    name: `shop.tar.part00${index + 1}`,
    size: text.length,
    sha256: sha256(text),
  }));
  const list = { kind: 'bundle-parts', schemaVersion: 1, bundle: `sha256:${sha256('')}`, parts };
  const [original, stick] = [join(work, 'original'), join(work, 'stick')];
  for (const folder of [original, stick]) {
    await mkdir(folder);
    await writeFile(join(folder, 'shop.tar.parts.json'), JSON.stringify(list));
    await writeFile(join(folder, 'shop.tar.part001'), 'one');
  }
  await writeFile(join(original, 'shop.tar.part002'), 'two');
  // The mark of an ended process: its ID is above the highest one of Linux.
  const ended = (await ownMark()).replace(/^\d+/, '4194305');
  await writeFile(join(stick, `.shop.tar.part002.partial-${ended}`), 'tw');
  const other = `.other.tar.part002.partial-${ended}`;
  await writeFile(join(stick, other), 'of another bundle');
  const paths = { list: join(stick, 'shop.tar.parts.json'), from: original };
  expect(await repairParts({ ...paths, ...quiet })).toMatchObject({
    repaired: [{ name: 'shop.tar.part002', why: 'missing' }],
  });
  expect(await readFile(join(stick, 'shop.tar.part002'), 'utf8')).toBe('two');
  expect((await readdir(stick)).sort()).toEqual([
    other,
    'shop.tar.part001',
    'shop.tar.part002',
    'shop.tar.parts.json',
  ]);
});
