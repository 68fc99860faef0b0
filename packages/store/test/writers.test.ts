import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Digest } from '@bundle/format';
import { openBundle } from '../src/bundle-source.ts';
import type { BundleWriter } from '../src/bundle-writer.ts';
import { readExtent } from '../src/extent.ts';
import { createFolderWriter } from '../src/folder-writer.ts';
import { type HeadFile, measureBytes } from '../src/head-file.ts';
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
    found.set(name, digestOf(await readExtent(extent, 25e6, name)));
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

const forms = [
  ['single file', createTarWriter],
  ['folder', createFolderWriter],
] as const;

test.each(forms)('a %s that is given up leaves nothing', async (_form, create) => {
  const writer = await create({ output: join(work, 'app'), headBytes: 4096, mtime });
  await writer.appendToBlob(Buffer.from('half'));
  await writer.abort();
  expect(await readdir(work)).toEqual([]);
});

/** A large file that nobody holds: pieces of many sizes, the same each time. */
async function* pieces(count: number): AsyncGenerator<Buffer> {
  for (let n = 0; n < count; n++) yield Buffer.alloc(500_000 + (n % 7), n % 251);
}

test.each(forms)('a %s takes a large file among the small ones', async (_form, create) => {
  const output = join(work, 'app');
  const [small, script] = head;
  if (small === undefined || script === undefined) throw new Error('no head');
  const bytes = await measureBytes(() => pieces(40));
  const large: HeadFile = { path: 'large', bytes, executable: true };
  const files: Buffer[] = [];
  for (const room of [headBytes, headBytes + 25e6]) {
    const writer = await create({ output, headBytes: room, mtime });
    await write(writer);
    await writer.finish([small, large, script]);
    const { entries } = await openBundle(output);
    const extent = entries.get('large') ?? { file: '', offset: 0, size: 0 };
    files.push(await readExtent(extent, 25e6, 'large'));
    expect(digestOf(files.at(-1) ?? Buffer.alloc(0))).toBe(`sha256:${bytes.sha256}`);
    expect((await contents(output)).size).toBe(3 + blobs.length);
  }
  expect(files.map(({ length }) => length)).toEqual([bytes.length, bytes.length]);
});

test.each(forms)('a %s holds no large file in memory', async (_form, create) => {
  const bytes = await measureBytes(() => pieces(300));
  const writer = await create({ output: join(work, 'app'), headBytes: 151e6, mtime });
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  let pulled = 0;
  let most = 0;
  const watched = async function* (): AsyncGenerator<Buffer> {
    for await (const piece of bytes.open()) {
      if (pulled++ % 30 === 0) {
        collectGarbage();
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      }
      yield piece;
    }
  };
  await writer.finish([{ path: 'large', bytes: { ...bytes, open: watched }, executable: false }]);
  expect(bytes.length).toBeGreaterThan(150e6);
  expect(most).toBeLessThan(40e6);
});

test.each(
  forms.flatMap(([form, create]) =>
    ([-1, 0, 1] as const).map((difference) => [form, difference, create] as const),
  ),
)(
  'a %s refuses a large file whose length changed by %d or whose bytes did',
  async (_form, difference, create) => {
    const measured = await measureBytes(() => pieces(3));
    const open = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.alloc(measured.length + difference, 'x');
    };
    const writer = await create({ output: join(work, 'app'), headBytes: 4e6, mtime });
    const changed = { path: 'large', bytes: { ...measured, open }, executable: false };
    await expect(writer.finish([changed])).rejects.toMatchObject({ code: 'input-unreadable' });
    await writer.abort();
    expect(await readdir(work)).toEqual([]);
  },
);

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
