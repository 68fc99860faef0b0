import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '@bundle/format';
import { openBundle } from '../src/bundle-source.ts';
import { readExtent } from '../src/extent.ts';
import { fillPadding } from '../src/fill-padding.ts';
import { tarPadding } from '../src/tar-format.ts';
import { createTarWriter } from '../src/tar-writer.ts';

const mtime = new Date('2026-01-01T00:00:00Z');
const blob = Buffer.from('blob');
const path = 'bundle.json.sig';
let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'padding-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

const good = (): Promise<void> => Promise.resolve();

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
  expect(await fillPadding(archive, entries, { path, bytes, mtime }, good)).toBe(fits);
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

test('two padding entries of another writer stay as they are, and so does the bundle', async () => {
  const archive = await withPadding(40);
  const bytes = await readFile(archive);
  tarPadding(15 * 512, mtime).copy(bytes, 1024);
  tarPadding(25 * 512, mtime).copy(bytes, 1024 + 15 * 512);
  await writeFile(archive, bytes);
  const { entries } = await openBundle(archive);
  const file = { path, bytes: Buffer.alloc(300), mtime };
  expect(await fillPadding(archive, entries, file, good)).toBe(false);
  expect(await readFile(archive)).toEqual(bytes);
});

test('padding of another time is used', async () => {
  const archive = await withPadding(40);
  const bytes = await readFile(archive);
  tarPadding(40 * 512, new Date(86_400_000)).copy(bytes, 1024);
  await writeFile(archive, bytes);
  const { entries } = await openBundle(archive);
  const file = { path, bytes: Buffer.alloc(300), mtime };
  expect(await fillPadding(archive, entries, file, good)).toBe(true);
  expect((await openBundle(archive)).entries.has(path)).toBe(true);
});

test('an archive that took the place of the one that was read is not written to', async () => {
  const { entries } = await openBundle(await withPadding(40));
  const other = await withPadding(20);
  const before = await readFile(other);
  const file = { path, bytes: Buffer.alloc(300), mtime };
  expect(await fillPadding(other, entries, file, good)).toBe(false);
  expect(await readFile(other)).toEqual(before);
});

test('what was written is taken back if the archive cannot be read afterwards', async () => {
  const archive = await withPadding(40);
  const before = await readFile(archive);
  const { entries } = await openBundle(archive);
  const file = { path, bytes: Buffer.alloc(300), mtime };
  const check = (): Promise<void> => Promise.reject(new Error('not readable'));
  await expect(fillPadding(archive, entries, file, check)).rejects.toThrow('not readable');
  expect(await readFile(archive)).toEqual(before);
});
