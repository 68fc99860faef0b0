import { type FileHandle, readFile } from 'node:fs/promises';
import { BundleError, type ErrorCode, limits } from '@bundle/format';
import { isAbsence } from './absence.ts';
import { ioError } from './io-error.ts';
import { withFile } from './with-file.ts';

export interface ReadTextOptions {
  /** Maximum size of the file in bytes, `maxTextFileBytes` by default; a larger one fails unread. */
  readonly maxBytes?: number;
  /** Error code if the file cannot be read: `input-unreadable` by default. */
  readonly code?: ErrorCode;
}

/** Reads a text file as UTF-8; undefined if there is none. Fails with `code` if it cannot be read or is too large. */
export async function readTextIfThere(
  path: string,
  { maxBytes = limits.maxTextFileBytes, code = 'input-unreadable' }: ReadTextOptions = {},
): Promise<string | undefined> {
  try {
    const bytes = await withFile(path, 'r', (handle) => readAtMost(handle, maxBytes));
    if (bytes === undefined) throw tooLarge(path, maxBytes, code);
    return bytes.toString('utf8');
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw ioError(error, 'reading', path, code);
  }
}

/** Reads a small file whole; undefined if it does not exist. Fails with `code` if it cannot be read. */
export async function readBytesIfThere(
  path: string,
  code: ErrorCode = 'input-unreadable',
): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw ioError(error, 'reading', path, code);
  }
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
