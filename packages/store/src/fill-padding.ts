import { withFile, writeAllAt } from '@bundle/files';
import { archiveRank, paths } from '@bundle/format';
import { readAt } from './extent.ts';
import type { Extent } from './extent-types.ts';
import {
  maxPaddingBytes,
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

/** Where a header has its time, and the checksum that depends on it (POSIX.1-1988, ustar). */
const timeAndChecksum = { start: 136, end: 156 } as const;

/**
 * Tells whether these bytes are one padding entry, whatever its time. Other writers may make several of one room, which
 * are no single entry after the first one has become smaller.
 */
function isOnePadding(bytes: Buffer): boolean {
  if (bytes.length < 2 * tarBlockBytes) return false;
  const one = tarPadding(bytes.length, new Date(0));
  bytes.copy(one, timeAndChecksum.start, timeAndChecksum.start, timeAndChecksum.end);
  return one.equals(bytes);
}

/**
 * Adds a small file to a single-file bundle in place of some of its padding, so that nothing else in the archive moves.
 * Returns false without changing anything if there is not enough padding, or not where `entries` say. A failure midway
 * is undone, also one of `check`, which looks at the archive afterwards.
 */
export async function fillPadding(
  archive: string,
  entries: ReadonlyMap<string, Extent>,
  file: { readonly path: string; readonly bytes: Buffer; readonly mtime: Date },
  check: () => Promise<void>,
): Promise<boolean> {
  const { start, size } = paddingOf(entries);
  if (size > maxPaddingBytes + tarBlockBytes) return false;
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
  return withFile(archive, 'r+', async (handle) => {
    const before = await readAt(handle, start, size);
    // Another archive may have taken the place of the one that `entries` are of.
    if (before.length < size || !isOnePadding(before)) return false;
    try {
      await writeAllAt(handle, next, start);
      await handle.sync();
      await check();
    } catch (error) {
      await writeAllAt(handle, before.subarray(0, next.length), start);
      throw error;
    }
    return true;
  });
}
