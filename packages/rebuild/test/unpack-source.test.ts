import { createHash } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { RebuildableRelease } from '../src/release.ts';
import { unpackSource } from '../src/unpack-source.ts';

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'source-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

interface Entry {
  readonly path: string;
  readonly type?: 'File' | 'Directory' | 'Link' | 'FIFO';
  readonly mode?: number;
  readonly content?: Buffer;
}

const typeFlags = { File: '0', Link: '1', Directory: '5', FIFO: '6' } as const;

/** Writes POSIX (ustar) headers, including ones that no exporter would write. */
function tarOf(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ path, type = 'File', mode = 0o644, content }) => {
    const size = content?.length ?? 0;
    const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
    const block = Buffer.alloc(512);
    block.write(path);
    block.write(octal(mode, 7), 100);
    block.write(octal(size, 11), 124);
    block.write(`        ${typeFlags[type]}${type === 'Link' ? 'a' : ''}`, 148);
    block.write('ustar\0' + '00', 257);
    block.write(
      octal(
        block.reduce((sum, byte) => sum + byte, 0),
        6,
      ),
      148,
    );
    return [block, content ?? Buffer.alloc(0), Buffer.alloc((512 - (size % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** Unpacks the source listed by a staged release. */
async function unpack(archive: Buffer): Promise<string> {
  const folder = join(work, 'release');
  const path = 'build-cache/source.tar.gz';
  await mkdir(join(folder, 'build-cache'), { recursive: true });
  await writeFile(join(folder, path), archive);
  const sha256 = createHash('sha256').update(archive).digest('hex');
  const manifest = {
    product: 'shop',
    version: '1',
    files: [{ path, size: archive.length, sha256 }],
  };
  const release = { folder, manifest, source: { project: '.' } } as unknown as RebuildableRelease;
  const target = join(work, 'target');
  await unpackSource(release, target, new AbortController().signal);
  return target;
}

test('row 34: files and folders have the permissions of the export, without setuid and setgid', async () => {
  const target = await unpack(
    gzipSync(
      tarOf([
        { path: 'bin/', type: 'Directory', mode: 0o3755 },
        { path: 'bin/tool', mode: 0o6755, content: Buffer.from('#!/bin/sh\n') },
        { path: 'read-only', mode: 0o444, content: Buffer.from('text') },
      ]),
    ),
  );
  const modeOf = async (path: string) =>
    ((await lstat(join(target, path))).mode & 0o7777).toString(8);
  expect(await Promise.all(['bin', 'bin/tool', 'read-only'].map(modeOf))).toEqual([
    '755',
    '755',
    '444',
  ]);
  expect(await readFile(join(target, 'bin/tool'), 'utf8')).toBe('#!/bin/sh\n');
});

test.each([
  [
    'expands to a thousand times its size',
    () => gzipSync(tarOf([{ path: 'zeros', content: Buffer.alloc(400_000_000) }])),
  ],
  ['is not compressed', () => tarOf([{ path: 'a' }])],
  [
    'is cut short',
    () => gzipSync(tarOf([{ path: 'a', content: Buffer.alloc(9000) }])).subarray(0, -9),
  ],
  ['is compressed but not an archive', () => gzipSync(Buffer.from('text '.repeat(500)))],
  ['has a hard link', () => gzipSync(tarOf([{ path: 'a' }, { path: 'b', type: 'Link' }]))],
  ['has a pipe', () => gzipSync(tarOf([{ path: 'a', type: 'FIFO' }]))],
  ['leaves its folder', () => gzipSync(tarOf([{ path: '../a' }]))],
])(
  'row 36: a packed source that %s is refused, and nothing is left of it',
  async (_case, archive) => {
    await expect(unpack(archive())).rejects.toMatchObject({ code: 'archive-invalid' });
    expect(await readdir(work)).toEqual(['release']);
  },
  30_000,
);
