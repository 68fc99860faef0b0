import { type FileHandle, open } from 'node:fs/promises';
import { readError, withFile } from '@bundle/files';
import { archiveRank, BundleError, limits, PathNames, pathProblem, paths } from '@bundle/format';
import { isZero } from '@bundle/format/tar-header';
import { readAt, segmentsOf, sliceExtent, streamExtent } from './extent.ts';
import type { Extent, Segment } from './extent-types.ts';
import type { RandomFile } from './random-file.ts';
import {
  maxPaddingBytes,
  needsRecord,
  paddedSize,
  pathOfRecord,
  tarBlockBytes,
  ustarPath,
} from './tar-format.ts';
import { decodeHeader } from './tar-header.ts';

// "§" refers to the section of docs/bundle-format.md that requires a check.

const readAheadBytes = 64 * 1024;

/**
 * Lists where each file of a single-file bundle is, without unpacking it (§8.2, step 1). Stricter than tar itself: only
 * regular files with safe names, each once, complete, and nothing after the end. Fails with `archive-truncated` or
 * `archive-invalid`.
 */
export async function indexTar(file: string): Promise<Map<string, Extent>> {
  try {
    return await withFile(file, 'r', async (handle) => {
      const { size } = await handle.stat();
      return indexEntries(handle, { file, offset: 0, size }, file);
    });
  } catch (error) {
    throw readError(error, file);
  }
}

/** Returns the path of an archive's first file; undefined if the file does not start like a bundle's archive. */
export async function firstTarEntry(file: string): Promise<string | undefined> {
  const block = await withFile(file, 'r', (handle) => readAt(handle, 0, tarBlockBytes));
  if (block.length < tarBlockBytes) return undefined;
  const header = decodeHeader(block);
  return typeof header === 'object' && header.type === 'File' ? header.path : undefined;
}

/** Lists an archive that spans several files, as indexTar does; errors call it `name`. */
export async function indexSegments(archive: Extent, name: string): Promise<Map<string, Extent>> {
  const handles = new Map<string, FileHandle>();
  const read = readingSegments(archive, async ({ file, offset, size }, buffer, at) => {
    const handle = handles.get(file) ?? (await open(file, 'r'));
    handles.set(file, handle);
    return handle.read(buffer, at, size, offset);
  });
  try {
    return await indexEntries({ read }, archive, name);
  } catch (error) {
    throw readError(error, name);
  } finally {
    for (const handle of handles.values()) await handle.close();
  }
}

type Reader = Pick<RandomFile, 'read'>;

export type Entries = AsyncGenerator<readonly [path: string, extent: Extent]>;

/**
 * Lists an archive on media that arrive one after the other: the files before the blobs, and an iterator over the
 * blobs. Read each blob before requesting the next. No file is kept open, so that a medium can be removed.
 */
export async function indexInTurn(
  archive: Extent,
  name: string,
): Promise<{ entries: Map<string, Extent>; rest: () => Entries }> {
  const read = readingSegments(archive, async (segment, buffer, at) => {
    const chunks: Buffer[] = [];
    for await (const chunk of streamExtent(segment, name)) chunks.push(chunk);
    return { bytesRead: Buffer.concat(chunks).copy(buffer, at) };
  });
  const head = new EntryList();
  let end = 0;
  for await (const { path, extent, next } of walkEntries({ read }, archive, name)) {
    if (archiveRank(path) === archiveRank(`${paths.blobsDir}/`)) break;
    head.add(path, extent);
    end = next;
  }
  return {
    entries: head.entries,
    rest: async function* () {
      const seen = new EntryList(head.entries);
      for await (const { path, extent } of walkEntries({ read }, archive, name, end)) {
        seen.add(path, extent);
        yield [path, extent];
      }
    },
  };
}

/** Reads an archive that spans several files, from one of them at a time. */
function readingSegments(
  archive: Extent,
  readSegment: (
    segment: Segment,
    buffer: Buffer,
    at: number,
  ) => Promise<{ readonly bytesRead: number }>,
): RandomFile['read'] {
  return async (buffer, at, length, position) => {
    const [segment] = segmentsOf(sliceExtent(archive, position, length));
    if (segment === undefined || segment.size === 0) return { bytesRead: 0 };
    return readSegment(segment, buffer, at);
  };
}

async function indexEntries(
  source: Reader,
  archive: Extent,
  file: string,
): Promise<Map<string, Extent>> {
  const handle = readAhead(source);
  const list = new EntryList();
  for await (const { path, extent } of walkEntries(handle, archive, file)) list.add(path, extent);
  return list.entries;
}

/** Yields the files of an archive in order, and where the header after each begins. */
async function* walkEntries(
  handle: Reader,
  archive: Extent,
  file: string,
  from = 0,
): AsyncGenerator<{ path: string; extent: Extent; next: number }> {
  const fileSize = archive.size;
  let position = from;
  let fillBytes = 0;
  /** Path in the record before a header. */
  let recorded: string | undefined;
  for (;;) {
    // §3.5. The fill bytes in the last block of the previous entry are read together with this header.
    const blocks = await readAt(handle, position - fillBytes, fillBytes + tarBlockBytes);
    if (blocks.length < fillBytes + tarBlockBytes) throw truncated(file, position);
    if (!isZero(blocks.subarray(0, fillBytes))) {
      throw invalid(file, `bytes other than zero after the data before byte ${position}`);
    }
    const block = blocks.subarray(fillBytes);
    position += tarBlockBytes;
    if (isZero(block)) break;
    const header = decode(block, file, position);
    const { size } = header;
    const path = recorded ?? header.path;
    fillBytes = paddedSize(size) - size;
    // §3.9. The archive is truncated.
    if (position + paddedSize(size) > fileSize) throw truncated(file, fileSize, path);
    const next = position + paddedSize(size);
    if (header.type === 'ExtendedHeader') {
      if (recorded !== undefined) throw invalid(file, 'an extended header after a path');
      recorded = await readExtension(handle, position, size, file);
    } else {
      // §3.2. One way to write each path, so that programs cannot read it in two.
      const isRight =
        header.path === ustarPath(path) && (recorded !== undefined) === needsRecord(path);
      if (!isRight)
        throw invalid(file, `${JSON.stringify(path)}, a path that is not written as it should be`);
      yield { path, extent: sliceExtent(archive, position, size), next };
      recorded = undefined;
    }
    position = next;
  }
  if (recorded !== undefined) throw invalid(file, 'a path without a file');
  await checkEnd(handle, position, fileSize, file);
}

/** Reads ahead, so that one read serves several headers close together, like those of a bundle's small files. */
function readAhead(source: Reader): Reader {
  const ahead = Buffer.allocUnsafe(readAheadBytes);
  let start = 0;
  let filled = 0;
  return {
    read: async (buffer, offset, length, position) => {
      if (position < start || position >= start + filled) {
        filled = 0;
        ({ bytesRead: filled } = await source.read(ahead, 0, readAheadBytes, position));
        start = position;
      }
      const from = position - start;
      const to = Math.min(from + length, filled);
      return { bytesRead: ahead.copy(buffer, offset, from, to) };
    },
  };
}

function decode(
  block: Buffer,
  file: string,
  position: number,
): { path: string; size: number; type: string } {
  const header = decodeHeader(block);
  if (typeof header === 'object') return header;
  throw invalid(file, `${header} at byte ${position - tarBlockBytes}`);
}

/** The files of an archive by path. Paths are safe (§1.5) and unique (§3.1), and there are not too many (§11). */
class EntryList {
  readonly entries = new Map<string, Extent>();
  readonly #names = new PathNames({ folded: false });

  constructor(entries: Iterable<readonly [path: string, extent: Extent]> = []) {
    for (const [path, extent] of entries) this.add(path, extent);
  }

  add(path: string, extent: Extent): void {
    const problem = pathProblem(path);
    if (problem !== undefined) throw invalid(extent.file, `${JSON.stringify(path)}: ${problem}`);
    const conflict = this.#names.add(path);
    if (conflict !== undefined) throw invalid(extent.file, conflict);
    if (this.entries.size >= limits.maxBundleFiles) {
      throw invalid(extent.file, `more than ${limits.maxBundleFiles} files`);
    }
    this.entries.set(path, extent);
  }
}

/** §3.2, §3.7. The only extensions allowed are one that says nothing (see tarPadding), and the path of the next file. */
async function readExtension(
  handle: Reader,
  position: number,
  size: number,
  file: string,
): Promise<string | undefined> {
  if (size > maxPaddingBytes) throw invalid(file, `an extended header of ${size} bytes`);
  const bytes = await readAt(handle, position, size);
  if (size === 0) return undefined;
  const path = pathOfRecord(bytes);
  if (path !== undefined) return path;
  const isPadding =
    bytes.toString('latin1', 0, `${size} comment=`.length) === `${size} comment=` &&
    bytes.indexOf('\n') === size - 1;
  if (isPadding) return undefined;
  throw invalid(file, 'an extended header that changes an entry');
}

/** §3.9. */
async function checkEnd(
  handle: Reader,
  position: number,
  fileSize: number,
  file: string,
): Promise<void> {
  const second = await readAt(handle, position, tarBlockBytes);
  if (second.length < tarBlockBytes) throw truncated(file, fileSize);
  if (!isZero(second) || fileSize !== position + tarBlockBytes) {
    throw invalid(file, 'bytes after the end of the archive');
  }
}

function truncated(file: string, at: number, entry?: string): BundleError {
  return new BundleError('archive-truncated', {
    operation: 'reading',
    subject: file,
    expected: entry === undefined ? 'a complete archive' : `all of ${entry}`,
    found: `the end of the file after ${at} bytes`,
    hint: 'The file was not copied completely: copy it again and compare its size with the original.',
  });
}

function invalid(file: string, found: string): BundleError {
  return new BundleError('archive-invalid', {
    operation: 'reading',
    subject: file,
    expected: 'a bundle archive: regular files with safe names, each once',
    found,
    hint: 'This file was not written by `bundle export`, or it has been changed since: get it again.',
  });
}
