import { withFile, writeAllAt } from '@bundle/files';
import { archiveRank, paths } from '@bundle/format';
import { readAt } from './extent.ts';
import type { Extent } from './extent-types.ts';
import {
  paddedSize,
  tarBlockBytes,
  tarEntryBytes,
  tarFileHeader,
  tarPadding,
} from './tar-format.ts';

/** A range of bytes in an archive. */
interface Room {
  readonly start: number;
  readonly size: number;
}

/** Finds the padding between the head of a single file and its blobs (docs/bundle-format.md §3.7). */
function paddingOf(entries: ReadonlyMap<string, Extent>): Room {
  let start = 0;
  let end = Number.POSITIVE_INFINITY;
  for (const [path, { offset, size }] of entries) {
    const isBlob = archiveRank(path) === archiveRank(`${paths.blobsDir}/`);
    if (isBlob) end = Math.min(end, offset - tarBlockBytes);
    else start = Math.max(start, offset + paddedSize(size));
  }
  return { start, size: Number.isFinite(end) ? Math.max(0, end - start) : 0 };
}

/**
 * Adds a small file to a single-file bundle in place of some of its padding, so that nothing else in the archive moves.
 * Returns false without changing anything if there is not enough padding. A failure midway is undone.
 */
export async function fillPadding(
  archive: string,
  entries: ReadonlyMap<string, Extent>,
  file: { readonly path: string; readonly bytes: Buffer; readonly mtime: Date },
): Promise<boolean> {
  const { start, size } = paddingOf(entries);
  const { path, bytes, mtime } = file;
  const left = size - tarEntryBytes(path, bytes.length);
  // Padding takes either no space or at least two blocks.
  if (left < 0 || (left > 0 && left < 2 * tarBlockBytes)) return false;
  const entry = [
    tarFileHeader(path, bytes.length, false, mtime),
    bytes,
    Buffer.alloc(paddedSize(bytes.length) - bytes.length),
  ];
  // The rest of the padding already consists of blanks and ends with the required line feed.
  const padding = left === 0 ? [] : [tarPadding(left, mtime).subarray(0, 2 * tarBlockBytes)];
  const next = Buffer.concat([...entry, ...padding]);
  await withFile(archive, 'r+', async (handle) => {
    const before = await readAt(handle, start, next.length);
    try {
      await writeAllAt(handle, next, start);
      await handle.sync();
    } catch (error) {
      await writeAllAt(handle, before, start);
      throw error;
    }
  });
  return true;
}
