import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '@bundle/format';
import { openBundle } from '../src/bundle-source.ts';
import { readExtent } from '../src/extent.ts';
import { fillPadding } from '../src/fill-padding.ts';
import { createTarWriter } from '../src/tar-writer.ts';

const mtime = new Date('2026-01-01T00:00:00Z');
const blob = Buffer.from('blob');
const path = 'bundle.json.sig';
let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'padding-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

/** Makes a single file from two files of one block each, with this many blocks of padding between them. */
async function withPadding(blocks: number): Promise<string> {
  const output = join(work, `${blocks}.tar`);
  const writer = await createTarWriter({ output, headBytes: 1024 + blocks * 512, mtime });
  await writer.appendToBlob(blob);
  await writer.endBlob(digestOf(blob), blob.length);
  const head = [{ path: 'bundle.json', bytes: Buffer.from('{}'), executable: false }];
  await writer.finish(head, { onProgress: () => undefined, signal: AbortSignal.any([]) });
  return output;
}

// A file of 300 bytes takes two blocks, one of 600 three.
test.each([
  [0, 300, false],
  [2, 300, true],
  [2, 600, false],
  [3, 300, false],
  [3, 600, true],
  [4, 300, true],
  [4, 600, false],
  [40, 300, true],
  [40, 18_900, true],
  [1999, 300, true],
  // The length of the padding loses a digit: from 1000 bytes or more to 999 or less.
  [20, 8_700, true],
])('%s blocks of padding have room for a file of %s bytes: %s', async (blocks, length, fits) => {
  const archive = await withPadding(blocks);
  const before = await readFile(archive);
  const { entries } = await openBundle(archive);
  const bytes = Buffer.alloc(length, 'line\n');
  expect(await fillPadding(archive, entries, { path, bytes, mtime })).toBe(fits);
  if (!fits) {
    expect(await readFile(archive)).toEqual(before);
    return;
  }
  expect((await stat(archive)).size).toBe(before.length);
  const after = await openBundle(archive);
  expect([...after.entries.keys()].toSorted()).toEqual([...entries.keys(), path].toSorted());
  for (const [name, extent] of entries) expect(after.entries.get(name)).toEqual(extent);
  const extent = after.entries.get(path);
  if (extent === undefined) throw new Error('not there');
  expect(await readExtent(extent, length, path)).toEqual(bytes);
});
