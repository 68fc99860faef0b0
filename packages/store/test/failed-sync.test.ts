import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf } from '@bundle/format';
import { createFolderWriter } from '../src/folder-writer.ts';
import { createTarWriter } from '../src/tar-writer.ts';

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'failed-sync-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

/** Lets every sync of a file fail while `during` runs; returns how many there were. */
async function withoutSyncs(during: () => Promise<void>): Promise<number> {
  const handle = await open(work, 'r');
  const prototype = Object.getPrototypeOf(handle);
  await handle.close();
  const { sync, datasync } = prototype;
  let count = 0;
  const failing = async (): Promise<void> => {
    count += 1;
    throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
  };
  Object.assign(prototype, { sync: failing, datasync: failing });
  try {
    await during();
  } finally {
    Object.assign(prototype, { sync, datasync });
  }
  return count;
}

/** Writes until that fails, since a sync fails beside the writes; returns the error. */
async function errorOf(write: () => Promise<unknown>): Promise<unknown> {
  for (;;) {
    try {
      await write();
    } catch (error) {
      return error;
    }
    await sleep(1);
  }
}

test.each([
  ['a folder', createFolderWriter],
  ['a single file', createTarWriter],
] as const)('an export of %s stops at the next write after a failed sync', async (_, create) => {
  const writer = await create({ output: join(work, 'app'), headBytes: 0, mtime: new Date() });
  const blob = Buffer.from('blob');
  const count = await withoutSyncs(async () => {
    await writer.appendToBlob(blob);
    await writer.endBlob(digestOf(blob), blob.length);
    expect(await errorOf(() => writer.appendToBlob(blob))).toMatchObject({ code: 'EIO' });
    await expect(writer.endBlob(digestOf(blob), blob.length)).rejects.toMatchObject({
      code: 'EIO',
    });
    await writer.abort();
  });
  expect(count).toBe(1);
  expect(await readdir(work)).toEqual([]);
});
