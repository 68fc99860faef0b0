import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { partialPath, removeStalePartials, syncFolder, writeNew } from '@bundle/files';
import {
  byteCounter,
  digestOfHex,
  type PartList,
  partListSuffix,
  type WorkOptions,
} from '@bundle/format';
import { joinSegments } from '../extent.ts';
import type { Extent, Segment } from '../extent-types.ts';
import { hashExtents } from '../hash-pool.ts';
import type { OutputFile, RandomFile } from '../random-file.ts';
import { partNumber } from './part-list.ts';

/** Names a part: index 0 is `shop.tar.part001`. */
function partName(output: string, index: number): string {
  return `${basename(output)}.part${String(index + 1).padStart(3, '0')}`;
}

/** Opens a file that is split into parts as it is written; the list of parts is moved into place last. */
export function openSplitFile(output: string, partBytes: number): OutputFile {
  const folder = dirname(output);
  const list = `${output}${partListSuffix}`;
  const handles: FileHandle[] = [];
  const partials: string[] = [];
  /** What was moved into place and may still be lost: a second sync may not report the failure of the first one. */
  const moved: string[] = [];
  let size = 0;

  const handleOf = async (index: number): Promise<FileHandle> => {
    for (let next = handles.length; next <= index; next++) {
      const path = await partialPath(join(folder, partName(output, next)));
      await rm(path, { force: true });
      partials[next] = path;
      handles[next] = await open(path, 'wx+', 0o644);
    }
    const handle = handles[index];
    if (handle === undefined) throw new Error(`no part ${index}`);
    return handle;
  };
  const file: RandomFile = {
    async read(buffer, offset, length, position) {
      const within = position % partBytes;
      const handle = await handleOf(Math.floor(position / partBytes));
      return handle.read(buffer, offset, Math.min(length, partBytes - within), within);
    },
    async write(bytes, offset, length, position) {
      const within = position % partBytes;
      const handle = await handleOf(Math.floor(position / partBytes));
      const count = Math.min(length, partBytes - within);
      const { bytesWritten } = await handle.write(bytes, offset, count, within);
      size = Math.max(size, position + bytesWritten);
      return { bytesWritten };
    },
    async truncate(newSize) {
      const needed = Math.ceil(newSize / partBytes);
      for (let index = handles.length - 1; index >= needed; index--) {
        await handles.pop()?.close();
        await rm(partials.pop() ?? '', { force: true });
      }
      await handles[needed - 1]?.truncate(newSize - (needed - 1) * partBytes);
      size = newSize;
    },
    async sync() {
      for (const handle of handles) await handle.sync();
    },
    async close() {
      for (const handle of handles.splice(0)) await handle.close();
    },
  };
  return {
    file,
    async extentOf(position, total): Promise<Extent> {
      const segments: Segment[] = [];
      for (let at = position; at < position + total; ) {
        const offset = at % partBytes;
        const index = Math.floor(at / partBytes);
        await handleOf(index);
        const count = Math.min(position + total - at, partBytes - offset);
        segments.push({ file: partials[index] ?? '', offset, size: count });
        at += count;
      }
      size = Math.max(size, position + total);
      return joinSegments(segments, { file: partials[0] ?? '', offset: 0, size: 0 });
    },
    async moveIntoPlace(bundle, options) {
      const parts = await describe(partials, size, partBytes, output, options);
      const text: PartList = {
        kind: 'bundle-parts',
        schemaVersion: 1,
        bundle: digestOfHex(bundle().slice('sha256:'.length)),
        parts,
      };
      const partialList = await partialPath(list);
      const bytes = Buffer.from(`${JSON.stringify(text, undefined, 1)}\n`);
      await writeNew(partialList, [bytes], 0o644);
      // If the run is killed here, the remaining parts are not a bundle, because the list is gone.
      await rm(list, { force: true });
      await syncFolder(folder);
      for (const [index, { name }] of parts.entries()) {
        await rename(partials[index] ?? '', join(folder, name));
        moved.push(join(folder, name));
      }
      await removeOtherParts(output, parts.length);
      await syncFolder(folder);
      await rename(partialList, list);
      moved.push(list);
      await syncFolder(folder);
      moved.length = 0;
      await removeStalePartials(folder, (name) => name === basename(list));
    },
    async remove() {
      // The list first: without it, the parts are not a bundle.
      for (const path of [...moved.reverse(), ...partials, await partialPath(list)])
        await rm(path, { force: true });
    },
  };
}

async function describe(
  files: readonly string[],
  size: number,
  partBytes: number,
  output: string,
  { onProgress, signal }: WorkOptions,
): Promise<PartList['parts']> {
  const jobs = files.map((file, index) => ({
    name: partName(output, index),
    extent: { file, offset: 0, size: Math.min(partBytes, size - index * partBytes) },
  }));
  const onBytes = byteCounter(onProgress, 'listing the parts', size);
  const hashes = await hashExtents(jobs, { onBytes, signal });
  return hashes.map(({ name, sha256 }, index) => ({
    name,
    size: jobs[index]?.extent.size ?? 0,
    sha256,
  }));
}

/** Removes the surplus parts of a previous bundle with this name. */
async function removeOtherParts(output: string, count: number): Promise<void> {
  const folder = dirname(output);
  for (const name of await readdir(folder)) {
    if ((partNumber(name, basename(output)) ?? 0) > count) await rm(join(folder, name));
  }
}
