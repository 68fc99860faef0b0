import type { FileHandle } from 'node:fs/promises';
import { BundleError, type Digest, digestOf, limits } from '@bundle/format';
import { readAt } from '@bundle/store';

/** Where the next entry of a log goes. */
export interface LogEnd {
  /** End of the last line that is whole. */
  readonly offset: number;
  /** Digest of that line; null in an empty log. */
  readonly last: Digest | null;
  /** What a crash left behind it: the beginning of an entry. */
  readonly rest: Buffer;
}

const lineFeed = 10;

/** Reads the end of a log, and no more of it than two entries take. Fails with `history-damaged` for what is longer. */
export async function readLogEnd(handle: FileHandle, path: string): Promise<LogEnd> {
  const { size } = await handle.stat();
  const start = Math.max(0, size - 2 * limits.maxHistoryLineBytes);
  const tail = await readAt(handle, start, size - start);
  const end = tail.lastIndexOf(lineFeed);
  if (end === -1) {
    if (start > 0) throw damagedEnd(path);
    return { offset: 0, last: null, rest: tail };
  }
  const begin = end === 0 ? -1 : tail.lastIndexOf(lineFeed, end - 1);
  if (begin === -1 && start > 0) throw damagedEnd(path);
  const last = digestOf(tail.subarray(begin + 1, end));
  return { offset: start + end + 1, last, rest: tail.subarray(end + 1) };
}

function damagedEnd(subject: string): BundleError {
  return new BundleError('history-damaged', {
    operation: 'reading the end of',
    subject,
    expected: `entries of at most ${limits.maxHistoryLineBytes} bytes`,
    found: 'more without a line feed',
    hint: 'Something else has written into this file. Keep a copy, and move it away: the next entry begins a new one.',
  });
}
