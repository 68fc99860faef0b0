import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Digest, ProgressEvent } from '@bundle/format';
import { openBundle } from '../src/bundle-source.ts';
import type { BundleWriter, WriterOptions } from '../src/bundle-writer.ts';
import { copyBlobs } from '../src/copy-blobs.ts';
import { readExtent } from '../src/extent.ts';
import { createFolderWriter } from '../src/folder-writer.ts';
import { type HeadFile, measureBytes } from '../src/head-file.ts';
import { createTarWriter } from '../src/tar-writer.ts';

const mtime = new Date('2026-01-01T00:00:00Z');
let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'writers-'));
});
afterEach(async () => {
  await rm(work, { recursive: true, force: true });
});

const quietly = { onProgress: () => undefined, signal: new AbortController().signal };
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
  ['has plenty of room', 64 * 1024],
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
    await writer.finish(head, quietly);
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

const copyOptions = { onBytes: () => undefined, signal: new AbortController().signal };

async function known(name: string, bytes: Buffer, digest = digestOf(bytes)) {
  const file = join(work, name);
  await writeFile(file, bytes);
  return { digest, size: bytes.length, from: { file, offset: 0, size: bytes.length } };
}

const writers = [
  ...forms,
  [
    'single file in parts',
    (options: WriterOptions) => createTarWriter({ ...options, partBytes: 9e6 }),
  ],
] as const;

test.each(writers)('a %s with copied blobs equals one with written blobs', async (form, create) => {
  const all = [...blobs, randomBytes(20e6)];
  const outputs = [join(work, 'copied/app'), join(work, 'written/app')] as const;
  const [copied, written] = await Promise.all(
    outputs.map(async (output) => {
      await mkdir(dirname(output));
      return create({ output, headBytes, mtime });
    }),
  );
  const sources = await Promise.all(all.map((bytes, index) => known(`blob-${index}`, bytes)));
  const [first, ...others] = sources;
  if (copied === undefined || written === undefined || first === undefined) throw new Error('none');
  await copied.appendToBlob(all[0] ?? Buffer.alloc(0));
  await copied.endBlob(first.digest, first.size);
  expect(await copied.copyBlobs([first, ...others], copyOptions)).toBe(all.length);
  for (const [index, bytes] of all.entries()) {
    await written.appendToBlob(bytes);
    await written.endBlob(sources[index]?.digest ?? first.digest, bytes.length);
  }
  await copied.finish(head, quietly);
  await written.finish(head, quietly);
  const [one, other] = outputs.map((output) =>
    form === 'single file in parts' ? `${output}.parts.json` : output,
  );
  expect(await contents(one ?? '')).toEqual(await contents(other ?? ''));
  const names = async (output: string) => [...(await openBundle(output)).entries.keys()];
  expect(await names(one ?? '')).toEqual(await names(other ?? ''));
});

test.each(writers)(
  'of the copies for a %s, those before the first damaged one are kept',
  async (form, create) => {
    const output = join(work, 'app');
    const writer = await create({ output, headBytes, mtime });
    const good = await known('good', randomBytes(1e6));
    const later = await known('later', randomBytes(2e6));
    for (const bad of [
      await known('changed', randomBytes(20e6), digestOf(Buffer.from('other'))),
      {
        ...(await known('cut', randomBytes(3000))),
        size: 4000,
        from: { file: join(work, 'cut'), offset: 0, size: 4000 },
      },
      {
        ...good,
        digest: digestOf(Buffer.from('gone')),
        from: { ...good.from, file: join(work, 'gone') },
      },
    ]) {
      expect(await writer.copyBlobs([good, bad, later], copyOptions)).toBe(1);
    }
    await writer.appendToBlob(Buffer.from('small'));
    await writer.endBlob(digestOf(Buffer.from('small')), 5);
    expect(await writer.copyBlobs([later], copyOptions)).toBe(1);
    await writer.finish(head, quietly);
    const found = await contents(form === 'single file in parts' ? `${output}.parts.json` : output);
    const expected = [good.digest, later.digest, digestOf(Buffer.from('small'))];
    const copies = [...found].filter(([name]) => name.startsWith('images/'));
    expect(copies.map(([, digest]) => digest).sort()).toEqual(expected.sort());
  },
);

test('a copy on a full disk fails with the system’s reason', async () => {
  const blob = await known('blob', randomBytes(1000));
  const to = { file: '/dev/full', offset: 0, size: 1000 };
  await expect(copyBlobs([{ ...blob, to }], copyOptions)).rejects.toMatchObject({ code: 'ENOSPC' });
});

test.each(forms)('an aborted %s leaves nothing behind', async (_form, create) => {
  const writer = await create({ output: join(work, 'app'), headBytes: 4096, mtime });
  await writer.appendToBlob(Buffer.from('half'));
  await writer.abort();
  expect(await readdir(work)).toEqual([]);
});

/** Yields a large file that is never in memory: pieces of many sizes, the same each time. */
async function* pieces(count: number): AsyncGenerator<Buffer> {
  for (let n = 0; n < count; n++) yield Buffer.alloc(500_000 + (n % 7), n % 251);
}

test.each(forms)('a %s accepts a large file among the small ones', async (_form, create) => {
  const output = join(work, 'app');
  const [small, script] = head;
  if (small === undefined || script === undefined) throw new Error('no head');
  const bytes = await measureBytes(() => pieces(40));
  const large: HeadFile = { path: 'large', bytes, executable: true };
  const files: Buffer[] = [];
  for (const room of [headBytes, headBytes + 25e6]) {
    const writer = await create({ output, headBytes: room, mtime });
    await write(writer);
    await writer.finish([small, large, script], quietly);
    const { entries } = await openBundle(output);
    const extent = entries.get('large') ?? { file: '', offset: 0, size: 0 };
    files.push(await readExtent(extent, 25e6, 'large'));
    expect(digestOf(files.at(-1) ?? Buffer.alloc(0))).toBe(`sha256:${bytes.sha256}`);
    expect((await contents(output)).size).toBe(3 + blobs.length);
  }
  expect(files.map(({ length }) => length)).toEqual([bytes.length, bytes.length]);
});

test.each(forms)('a %s does not hold a large file in memory', async (_form, create) => {
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
  await writer.finish(
    [{ path: 'large', bytes: { ...bytes, open: watched }, executable: false }],
    quietly,
  );
  expect(bytes.length).toBeGreaterThan(150e6);
  expect(most).toBeLessThan(40e6);
});

test('the listing of parts reports progress, and can be stopped', async () => {
  const create = () =>
    createTarWriter({ output: join(work, 'app'), headBytes, partBytes: 4096, mtime });
  const stopped = await create();
  await write(stopped);
  const signal = AbortSignal.abort();
  await expect(stopped.finish(head, { ...quietly, signal })).rejects.toMatchObject({
    code: 'interrupted',
  });
  await stopped.abort();
  expect(await readdir(work)).toEqual([]);
  const whole = await create();
  await write(whole);
  const events: ProgressEvent[] = [];
  await whole.finish(head, { ...quietly, onProgress: (event) => events.push(event) });
  expect(events.at(-1)?.phase).toBe('listing the parts');
  expect(events.at(-1)?.doneBytes).toBe(events.at(-1)?.totalBytes);
});

test('only its owner may change a bundle, whatever the umask', async () => {
  const mask = process.umask(0);
  try {
    for (const [name, create] of [
      ['folder', createFolderWriter],
      ['tar', createTarWriter],
    ] as const) {
      const writer = await create({ output: join(work, name), headBytes: 0, mtime });
      await write(writer);
      await writer.finish(head, quietly);
    }
  } finally {
    process.umask(mask);
  }
  const paths = await readdir(work, { recursive: true });
  expect(paths).toContain('folder/images/blobs/sha256');
  for (const path of paths) expect((await stat(join(work, path))).mode & 0o022).toBe(0);
});

test.each(
  forms.flatMap(([form, create]) =>
    ([-1, 0, 1] as const).map((difference) => [form, difference, create] as const),
  ),
)(
  'a %s refuses a large file whose bytes changed, its length by %d',
  async (_form, difference, create) => {
    const measured = await measureBytes(() => pieces(3));
    const open = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.alloc(measured.length + difference, 'x');
    };
    const writer = await create({ output: join(work, 'app'), headBytes: 4e6, mtime });
    const changed = { path: 'large', bytes: { ...measured, open }, executable: false };
    await expect(writer.finish([changed], quietly)).rejects.toMatchObject({
      code: 'input-unreadable',
    });
    await writer.abort();
    expect(await readdir(work)).toEqual([]);
  },
);
