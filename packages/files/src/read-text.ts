import type { FileHandle } from 'node:fs/promises';
import { BundleError, type ErrorCode, limits } from '@bundle/format';
import { isAbsence } from './absence.ts';
import { ioError } from './io-error.ts';
import { withFile } from './with-file.ts';

export interface ReadOptions {
  /** Maximum size of the file in bytes; a larger one fails unread. */
  readonly maxBytes?: number;
  /** Error code if the file cannot be read: `input-unreadable` by default. */
  readonly code?: ErrorCode;
}

/** Reads a text file as UTF-8, as readBytesIfThere does; by default one of `maxTextFileBytes` at most. */
export async function readTextIfThere(
  path: string,
  { maxBytes = limits.maxTextFileBytes, ...options }: ReadOptions = {},
): Promise<string | undefined> {
  return (await readBytesIfThere(path, { maxBytes, ...options }))?.toString('utf8');
}

/**
 * Reads a small file whole, by default one of `maxBundleManifestBytes` at most; undefined if there is none. Fails with
 * `code` if it cannot be read or is too large.
 */
export async function readBytesIfThere(
  path: string,
  { maxBytes = limits.maxBundleManifestBytes, code = 'input-unreadable' }: ReadOptions = {},
): Promise<Buffer | undefined> {
  try {
    return await readBounded(path, maxBytes, code);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw ioError(error, 'reading', path, code);
  }
}

/**
 * Reads a small file that somebody named, of `maxTextFileBytes` at most; `operation` says what for. Fails with
 * `input-unreadable` if it cannot be read or is too large.
 */
export async function readNamed(path: string, operation: string): Promise<Buffer> {
  const code = 'input-unreadable';
  try {
    return await readBounded(path, limits.maxTextFileBytes, code);
  } catch (error) {
    throw ioError(error, operation, path, code);
  }
}

async function readBounded(path: string, maxBytes: number, code: ErrorCode): Promise<Buffer> {
  const bytes = await withFile(path, 'r', (handle) => readAtMost(handle, maxBytes));
  if (bytes === undefined) throw tooLarge(path, maxBytes, code);
  return bytes;
}

/**
 * Reads a file; undefined if it has more bytes. Counts while reading, because files in /proc and devices report no
 * size.
 */
async function readAtMost(handle: FileHandle, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  for (let size = 0; size <= maxBytes; ) {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(64 * 1024));
    if (bytesRead === 0) return Buffer.concat(chunks);
    chunks.push(buffer.subarray(0, bytesRead));
    size += bytesRead;
  }
  return undefined;
}

function tooLarge(subject: string, maxBytes: number, code: ErrorCode): BundleError {
  return new BundleError(code, {
    operation: 'reading',
    subject,
    expected: `at most ${maxBytes} bytes`,
    found: 'more',
    hint: 'Files of this kind are far smaller: check that it is the right one.',
  });
}
