import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Digest } from '@bundle/format';
import { openBundle } from '../src/bundle-source.ts';
import type { BundleWriter, HeadFile } from '../src/bundle-writer.ts';
import { readExtent } from '../src/extent.ts';
import { createFolderWriter } from '../src/folder-writer.ts';
import { removeStalePartials } from '../src/partial.ts';
import { createTarWriter } from '../src/tar-writer.ts';

const mtime = new Date('2026-01-01T00:00:00Z');
let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'writers-'));
});
afterEach(async () => {
  await rm(work, { recursive: true, force: true });
});

const blobs = [randomBytes(700), randomBytes(100_000), Buffer.alloc(0), randomBytes(512)];
const digestOf = (bytes: Buffer): Digest =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const head: HeadFile[] = [
  { path: 'bundle.json', bytes: Buffer.from('{}'), executable: false },
  { path: 'run.sh', bytes: Buffer.from('#!/bin/sh\n'), executable: true },
];
/** Two files of less than a block each. */
const headBytes = 2 * 1024;

async function write(writer: BundleWriter): Promise<void> {
  for (const blob of [...blobs, blobs[1] ?? Buffer.alloc(0)]) {
    await writer.appendToBlob(blob.subarray(0, 300));
    if (blob.length > 300) await writer.appendToBlob(blob.subarray(300));
    await writer.endBlob(digestOf(blob), blob.length);
  }
}

async function contents(path: string): Promise<Map<string, string>> {
  const { entries } = await openBundle(path);
  const found = new Map<string, string>();
  for (const [name, extent] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    found.set(name, digestOf(await readExtent(extent, 1e6, name)));
  }
  return found;
}

test.each([
  ['has much room', 64 * 1024],
  ['fills its room exactly', headBytes],
  ['leaves one block, too little for padding', headBytes + 512],
  ['leaves two blocks', headBytes + 1024],
  ['is larger than its room', 512],
  ['had no room at all', 0],
])('a single file and a folder hold the same when the head %s', async (_case, room) => {
  const tar = join(work, 'app.tar');
  const folder = join(work, 'app');
  for (const writer of [
    await createTarWriter({ output: tar, headBytes: room, mtime }),
    await createFolderWriter({ output: folder, headBytes: room, mtime }),
  ]) {
    await write(writer);
    await writer.finish(head);
  }
  expect(await contents(tar)).toEqual(await contents(folder));
  const names = [...(await openBundle(tar)).entries.keys()];
  expect(names.slice(0, 2)).toEqual(['bundle.json', 'run.sh']);
  expect(names).toHaveLength(2 + blobs.length);
  expect((await readdir(work)).sort()).toEqual(['app', 'app.tar']);
});

test.each([
  ['single file', createTarWriter],
  ['folder', createFolderWriter],
])('a %s that is given up leaves nothing', async (_form, create) => {
  const writer = await create({ output: join(work, 'app'), headBytes: 4096, mtime });
  await writer.appendToBlob(Buffer.from('half'));
  await writer.abort();
  expect(await readdir(work)).toEqual([]);
});

test('what a killed run left is removed, what a running one writes is not', async () => {
  // 4194305 is above the highest process ID that Linux gives.
  for (const name of [
    '.app.tar.partial-4194305',
    '.app.tar.partial-1',
    '.other.tar.partial-4194305',
  ]) {
    await writeFile(join(work, name), '');
  }
  await removeStalePartials(join(work, 'app.tar'));
  expect((await readdir(work)).sort()).toEqual([
    '.app.tar.partial-1',
    '.other.tar.partial-4194305',
  ]);
});

test('a bundle that a killed run had moved aside is put back', async () => {
  await writeFile(join(work, '.app.tar.replaced-4194305'), 'old');
  await removeStalePartials(join(work, 'app.tar'));
  expect(await readFile(join(work, 'app.tar'), 'utf8')).toBe('old');
  await writeFile(join(work, '.app.tar.replaced-4194305'), 'older');
  await removeStalePartials(join(work, 'app.tar'));
  expect(await readdir(work)).toEqual(['app.tar']);
});
