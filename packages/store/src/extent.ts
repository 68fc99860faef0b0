import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { readError } from '@bundle/files';
import { BundleError } from '@bundle/format';
import type { Extent, Segment } from './extent-types.ts';
import type { RandomFile } from './random-file.ts';

export function segmentsOf(extent: Extent): readonly Segment[] {
  return extent.segments ?? [extent];
}

/** Returns a range of an extent's bytes, counted from 0. */
export function sliceExtent(extent: Extent, first: number, size: number): Extent {
  const segments: Segment[] = [];
  let start = 0;
  for (const segment of segmentsOf(extent)) {
    const from = Math.max(first, start);
    const to = Math.min(first + size, start + segment.size);
    if (from < to) {
      const offset = segment.offset + from - start;
      segments.push({ ...segment, offset, size: to - from });
    }
    start += segment.size;
  }
  return joinSegments(segments, extent);
}

/** Joins segments into one extent. `otherwise` is the location of an extent without bytes. */
export function joinSegments(segments: readonly Segment[], otherwise: Segment): Extent {
  const [first = { ...otherwise, size: 0 }, ...rest] = segments;
  if (rest.length === 0) return { ...first };
  const size = segments.reduce((sum, segment) => sum + segment.size, 0);
  return { file: first.file, offset: first.offset, size, segments };
}

const readBufferBytes = 1024 * 1024;

/** Streams the bytes of an extent in order; fails with `medium-failed`, `input-unreadable` or `size-mismatch`. */
export async function* streamExtent(
  extent: Extent,
  name: string,
  readBytes: number = readBufferBytes,
): AsyncGenerator<Buffer> {
  if (extent.size === 0) return;
  let seen = 0;
  try {
    for (const segment of segmentsOf(extent)) {
      for await (const chunk of streamSegment(segment, readBytes)) {
        seen += chunk.length;
        yield chunk;
      }
    }
  } catch (error) {
    throw readError(error, name, true);
  }
  if (seen !== extent.size) throw sizeMismatch(name, extent.size, seen);
}

/** Streams one segment. If the medium is removed midway and put back, it continues where it stopped. */
async function* streamSegment(
  { file, offset, size, bring }: Segment,
  readBytes: number,
): AsyncGenerator<Buffer> {
  let seen = 0;
  let failed = false;
  while (seen < size) {
    const path = bring === undefined ? file : await bring(failed);
    failed = false;
    const place = { start: offset + seen, end: offset + size - 1, highWaterMark: readBytes };
    try {
      for await (const chunk of createReadStream(path, place) as AsyncIterable<Buffer>) {
        seen += chunk.length;
        yield chunk;
      }
    } catch (error) {
      if (bring === undefined) throw error;
      failed = true;
    }
    if (bring === undefined) return;
    failed ||= seen < size;
  }
}

/**
 * Streams an extent through a single buffer, for reading many at once: a chunk is valid only until the next one is
 * requested.
 */
export async function* streamReusing(
  extent: Extent,
  name: string,
  readBytes: number = readBufferBytes,
): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(readBytes, extent.size));
  let seen = 0;
  for (const segment of segmentsOf(extent)) {
    for await (const count of fillFrom(segment, buffer, name)) {
      seen += count;
      yield buffer.subarray(0, count);
    }
  }
  if (seen !== extent.size) throw sizeMismatch(name, extent.size, seen);
}

/** Fills the buffer again and again. If the medium is removed midway and put back, it continues where it stopped. */
async function* fillFrom(
  { file, offset, size, bring }: Segment,
  buffer: Buffer,
  name: string,
): AsyncGenerator<number> {
  let seen = 0;
  let failed = false;
  while (seen < size) {
    const path = bring === undefined ? file : await bring(failed);
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, 'r');
      while (seen < size) {
        const wanted = Math.min(buffer.length, size - seen);
        const { bytesRead } = await handle.read(buffer, 0, wanted, offset + seen);
        if (bytesRead === 0) break;
        seen += bytesRead;
        yield bytesRead;
      }
    } catch (error) {
      if (bring === undefined) throw readError(error, name, true);
    } finally {
      await handle?.close();
    }
    if (bring === undefined) return;
    failed = seen < size;
  }
}

/**
 * Streams an extent, hashing it on the way. The last chunk is held back until the digest of all bytes matches, so a
 * consumer never gets a complete file that differs from the verified one. `stream` reads the bytes: `streamReusing`
 * where a chunk is done with before the next one is requested.
 */
export async function* streamVerified(
  extent: Extent,
  sha256: string,
  name: string,
  readBytes: number = readBufferBytes,
  stream: typeof streamExtent = streamExtent,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let left = extent.size;
  const check = (): void => {
    const found = hash.digest('hex');
    if (found !== sha256) throw digestMismatch(name, sha256, found);
  };
  for await (const chunk of stream(extent, name, readBytes)) {
    hash.update(chunk);
    left -= chunk.length;
    if (left === 0) check();
    yield chunk;
  }
  if (extent.size === 0) check();
}

/** Reads all bytes of a small file; fails with `manifest-invalid` before reading more than `maxBytes`. */
export async function readExtent(extent: Extent, maxBytes: number, name: string): Promise<Buffer> {
  if (extent.size > maxBytes) {
    throw new BundleError('manifest-invalid', {
      operation: 'reading',
      subject: name,
      expected: `at most ${maxBytes} bytes`,
      found: `${extent.size} bytes`,
      hint: 'No bundle has a file like this: get the bundle again from its source.',
    });
  }
  const bytes = Buffer.allocUnsafe(extent.size);
  let at = 0;
  for await (const chunk of streamReusing(extent, name)) at += chunk.copy(bytes, at);
  return bytes;
}

export function digestMismatch(name: string, expected: string, found: string): BundleError {
  return new BundleError('digest-mismatch', {
    operation: 'checking',
    subject: name,
    expected: `sha256:${expected}`,
    found: `sha256:${found}`,
    hint: 'The file was changed or damaged: copy the bundle again from its source.',
  });
}

export function sizeMismatch(name: string, expected: number, found: number): BundleError {
  return new BundleError('size-mismatch', {
    operation: 'checking',
    subject: name,
    expected: `${expected} bytes`,
    found: `${found} bytes`,
    hint: 'The file was cut short or changed: copy the bundle again from its source.',
  });
}

/** Reads exactly `length` bytes at `position`; returns fewer only at the end of the file. */
export async function readAt(
  handle: Pick<RandomFile, 'read'>,
  position: number,
  length: number,
): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, await readInto(handle, position, buffer));
}

/** Fills a buffer with the bytes at `position`; returns how many there were: fewer only at the end of the file. */
export async function readInto(
  handle: Pick<RandomFile, 'read'>,
  position: number,
  target: Buffer,
): Promise<number> {
  let filled = 0;
  while (filled < target.length) {
    const rest = target.length - filled;
    const { bytesRead } = await handle.read(target, filled, rest, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
