import { createReadStream } from 'node:fs';
import { ioError, isAbsence } from '@bundle/files';
import { type Digest, digestOf, limits } from '@bundle/format';
import { historyPlacesOf } from '../state-folder.ts';
import { type HistoryEntry, parseEntry } from './entry.ts';

/** One line of the log. */
export interface HistoryLine {
  /** 1-based. */
  readonly number: number;
  readonly digest: Digest;
  readonly entry: HistoryEntry | undefined;
  /** Why the chain is broken here. */
  readonly problem?: string;
  /** The last line lacks its end: an append was interrupted, or is in progress. */
  readonly isTorn?: true;
}

/** Lines that are no entries, after which the rest is not read: it is not a log, and millions of them take minutes. */
const maxStrange = 1000;

/**
 * Reads the log of this host line by line, and checks that each entry has the digest of the one before. Nothing of it
 * is kept in memory. Fails with `input-unreadable`; a host without a log has no lines.
 */
export async function* readHistory(stateDir: string): AsyncGenerator<HistoryLine> {
  const { log } = historyPlacesOf(stateDir);
  let previous: Digest | null = null;
  let number = 0;
  let strange = 0;
  try {
    for await (const { bytes, isWhole, isTooLong } of linesOf(createReadStream(log))) {
      number += 1;
      const digest = digestOf(bytes);
      const entry = isTooLong ? undefined : parseEntry(bytes);
      const problem = isTooLong
        ? `it is longer than ${limits.maxHistoryLineBytes} bytes`
        : problemOf(entry, previous);
      if (!isWhole && !isTooLong) yield { number, digest, entry, isTorn: true };
      else yield { number, digest, entry, ...(problem === undefined ? {} : { problem }) };
      if (entry === undefined && ++strange === maxStrange) return;
      previous = digest;
    }
  } catch (error) {
    if (isAbsence(error)) return;
    throw ioError(error, 'reading', log, 'input-unreadable');
  }
}

function problemOf(entry: HistoryEntry | undefined, previous: Digest | null): string | undefined {
  if (entry === undefined) return 'it is not an entry of this log';
  if (entry.previous === previous) return undefined;
  return previous === null
    ? 'it follows an entry that is not there'
    : 'the entry before it was changed, added or removed';
}

interface Line {
  readonly bytes: Buffer;
  readonly isWhole: boolean;
  /** The rest is not read. */
  readonly isTooLong: boolean;
}

async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      const bytes = rest.subarray(0, end);
      yield { bytes, isWhole: true, isTooLong: bytes.length > limits.maxHistoryLineBytes };
      rest = rest.subarray(end + 1);
    }
    if (rest.length > limits.maxHistoryLineBytes) {
      yield { bytes: rest, isWhole: false, isTooLong: true };
      return;
    }
  }
  if (rest.length > 0) yield { bytes: rest, isWhole: false, isTooLong: false };
}
