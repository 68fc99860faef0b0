import { randomBytes } from 'node:crypto';
import { open, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasSmallDisks, withSmallDisk } from '@bundle/testkit';
import { ioError } from '../../files/src/io-error.ts';
import { writeAll, writeAllAt } from '../../files/src/write-all.ts';
import { writeNew } from '../../files/src/write-new.ts';
import type { BundleWriter } from '../src/bundle-writer.ts';
import { createFolderWriter } from '../src/folder-writer.ts';
import type { HeadFile } from '../src/head-file.ts';
import { createTarWriter } from '../src/tar-writer.ts';
import { digestOf } from './folder.ts';

const onSmallDisk = hasSmallDisks ? test : test.skip;
const diskBytes = 64 * 1024;
/** The disk takes only some of it, without an error. */
const chunk = randomBytes(100 * 1024);
const quietly = { onProgress: () => undefined, signal: new AbortController().signal };

const ways: [string, (file: string) => Promise<void>][] = [
  ['of a new file', (file) => writeNew(file, [chunk], 0o644)],
  ['at a position of a file', (file) => withHandle(file, (handle) => writeAllAt(handle, chunk, 0))],
  ['at the end of a file', (file) => withHandle(file, (handle) => writeAll(handle, chunk))],
];

async function withHandle(
  file: string,
  use: (handle: Awaited<ReturnType<typeof open>>) => Promise<void>,
): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await use(handle);
  } finally {
    await handle.close();
  }
}

onSmallDisk.each(ways)(
  'a write %s fails if the disk has no room for the whole chunk',
  async (_way, write) => {
    await withSmallDisk(diskBytes, async (folder) => {
      await expect(write(join(folder, 'file'))).rejects.toMatchObject({ code: 'ENOSPC' });
      // The disk became full in the middle of the chunk.
      expect((await stat(join(folder, 'file'))).size).toBe(diskBytes);
    });
  },
);

const writers: [string, (output: string) => Promise<BundleWriter>][] = [
  ['folder', (output) => createFolderWriter({ output, headBytes: 0, mtime: new Date() })],
  ['single file', (output) => createTarWriter({ output, headBytes: 0, mtime: new Date() })],
  [
    'file in parts',
    (output) => createTarWriter({ output, headBytes: 0, partBytes: 20 * 1024, mtime: new Date() }),
  ],
];

describe.each(writers)('a bundle as a %s on a full disk', (_form, create) => {
  const cases: [string, Buffer[], HeadFile[]][] = [
    ['by its only blob', [chunk], []],
    ['by its last blob', [randomBytes(30 * 1024), randomBytes(50 * 1024)], []],
    [
      'by a file of its head',
      [randomBytes(30 * 1024)],
      [{ path: 'large', bytes: randomBytes(50 * 1024), executable: false }],
    ],
  ];
  onSmallDisk(
    'does not accept part of a chunk, because space may be freed before the end',
    async () => {
      await withSmallDisk(diskBytes, async (folder) => {
        const writer = await create(join(folder, 'app'));
        await expect(writer.appendToBlob(chunk)).rejects.toMatchObject({ code: 'ENOSPC' });
        await writer.abort();
      });
    },
  );

  onSmallDisk.each(cases)('filled %s does not appear', async (_case, blobs, head) => {
    await withSmallDisk(diskBytes, async (folder) => {
      const writer = await create(join(folder, 'app'));
      const work = async (): Promise<void> => {
        for (const blob of blobs) {
          await writer.appendToBlob(blob);
          await writer.endBlob(digestOf(blob), blob.length);
        }
        const manifest = { path: 'bundle.json', bytes: Buffer.from('{}'), executable: false };
        await writer.finish([manifest, ...head], quietly);
      };
      const failure: unknown = await work().then(
        () => 'it was written',
        (error: unknown) => error,
      );
      expect(ioError(failure, 'writing', folder, 'output-unwritable')).toMatchObject({
        code: 'no-space',
      });
      await writer.abort();
      expect(await readdir(folder)).toEqual([]);
      await writeFile(join(folder, 'room'), 'again');
    });
  });
});
