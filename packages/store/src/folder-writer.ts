import { type FileHandle, open, rename, rm, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  makeFolder,
  moveIntoPlace,
  partialPath,
  syncTree,
  withFile,
  writeAll,
  writeNew,
} from '@bundle/files';
import { blobPath, type Digest, paths } from '@bundle/format';
import { backgroundSync } from './background-sync.ts';
import type { BundleWriter, WriterOptions } from './bundle-writer.ts';
import { type BlobCopy, copyBlobs } from './copy-blobs.ts';
import { type HeadFile, readHeadFile } from './head-file.ts';

/** Only the owner may change a bundle, whatever the process's umask. */
const folderMode = 0o755;

export async function createFolderWriter({ output, mtime }: WriterOptions): Promise<BundleWriter> {
  const root = await partialPath(output);
  const incoming = join(root, paths.blobsDir, '.incoming');
  const written = new Set<Digest>();
  const syncs: Promise<void>[] = [];
  let failed: { readonly error: unknown } | undefined;
  /** Fails with the error of a sync that has failed, so that nothing more is written for nothing. */
  const check = (): void => {
    if (failed !== undefined) throw failed.error;
  };
  let blob: FileHandle | undefined;
  await rm(root, { recursive: true, force: true });
  try {
    await makeFolder(dirname(incoming), folderMode);
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw error;
  }

  return {
    async appendToBlob(chunk) {
      check();
      blob ??= await open(incoming, 'wx', 0o644);
      await writeAll(blob, chunk);
    },
    async endBlob(digest) {
      check();
      const handle = blob ?? (await open(incoming, 'wx', 0o644));
      blob = undefined;
      if (written.has(digest)) {
        await handle.close();
        await rm(incoming);
        return;
      }
      written.add(digest);
      await handle.utimes(mtime, mtime);
      await rename(incoming, join(root, blobPath(digest)));
      // Synced while the next blob is compressed; awaited in finish().
      const sync = syncAndClose(handle);
      sync.catch((error: unknown) => {
        failed ??= { error };
      });
      syncs.push(sync);
    },
    async dropBlob() {
      await blob?.close();
      blob = undefined;
      await rm(incoming, { force: true });
    },
    async copyBlobs(blobs, options) {
      check();
      const copies: BlobCopy[] = [];
      for (const blob of blobs) {
        if (written.has(blob.digest)) continue;
        const file = join(root, blobPath(blob.digest));
        await withFile(file, 'wx', () => Promise.resolve());
        copies.push({ ...blob, to: { file, offset: 0, size: blob.size } });
        written.add(blob.digest);
      }
      const early = backgroundSync({ sync: () => syncFiles(copies.map(({ to }) => to.file)) });
      const onBytes = (count: number): void => {
        early.request();
        options.onBytes(count);
      };
      const damaged = await copyBlobs(copies, { ...options, onBytes }).finally(early.end);
      const first = blobs.findIndex(({ digest }) => damaged.has(digest));
      const gone = new Set(first === -1 ? [] : blobs.slice(first).map(({ digest }) => digest));
      for (const { digest, to } of copies) {
        if (!gone.has(digest)) {
          await utimes(to.file, mtime, mtime);
          continue;
        }
        await rm(to.file);
        written.delete(digest);
      }
      return first === -1 ? blobs.length : first;
    },
    async finish(head) {
      const waiting = inTurn(head);
      const writeWaiting = async (): Promise<void> => {
        for (const file of waiting) await writeHeadFile(root, file, mtime);
      };
      for (let n = 0; n < filesAtOnce; n += 1) syncs.push(writeWaiting());
      await Promise.all(syncs);
      await syncTree(root);
      await moveIntoPlace(root, output);
    },
    async abort() {
      await blob?.close();
      await Promise.allSettled(syncs);
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** A limit, because a process may have only so many files open. */
const filesAtOnce = 16;

/** Shares items among several loops, each item once. A loop that throws ends the others too. */
function* inTurn<T>(items: readonly T[]): Generator<T> {
  yield* items;
}

async function syncFiles(files: readonly string[]): Promise<void> {
  for (const file of files) await withFile(file, 'r', (handle) => handle.datasync());
}

async function syncAndClose(handle: FileHandle): Promise<void> {
  try {
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

async function writeHeadFile(root: string, file: HeadFile, mtime: Date): Promise<void> {
  const path = join(root, file.path);
  await makeFolder(dirname(path), folderMode);
  await writeNew(path, readHeadFile(file), file.executable ? 0o755 : 0o644);
  await utimes(path, mtime, mtime);
}
