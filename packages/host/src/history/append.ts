import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { makeFolder, syncFolder, writeAllAt } from '@bundle/files';
import { type Digest, digestOf } from '@bundle/format';
import { withShortLock } from '../lock/short-lock.ts';
import { stateError } from '../state-error.ts';
import { historyPlacesOf, privateFolder } from '../state-folder.ts';
import { type EntryFields, parseEntry } from './entry.ts';
import { readLogEnd } from './log-end.ts';

/** What has begun is recorded to its end, also after Ctrl-C. */
const never = new AbortController().signal;

/**
 * Appends an entry to the log of this host and syncs it; returns its digest. What a crash left of the last entry is
 * completed where it lacks only its end, else cut off, and an entry says so. Fails with `no-space`, `state-unwritable`,
 * `busy` or `history-damaged`.
 */
export async function appendEntry(stateDir: string, fields: EntryFields): Promise<Digest> {
  const { folder, lock, log } = historyPlacesOf(stateDir);
  try {
    await makeFolder(folder, privateFolder);
    return await withShortLock(lock, folder, never, async () => {
      const handle = await open(log, constants.O_RDWR | constants.O_CREAT, 0o600);
      try {
        const { size } = await handle.stat();
        const digest = await append(handle, log, fields);
        await handle.sync();
        // The name of a new log.
        if (size === 0) await syncFolder(folder);
        return digest;
      } finally {
        await handle.close();
      }
    });
  } catch (error) {
    throw stateError(error, log);
  }
}

async function append(handle: FileHandle, path: string, fields: EntryFields): Promise<Digest> {
  const { offset, last, rest } = await readLogEnd(handle, path);
  const writer = new LineWriter(handle, offset, last);
  if (rest.length > 0) {
    if (parseEntry(rest)?.previous === last) await writer.completed(rest);
    else {
      await handle.truncate(offset);
      await writer.write({ event: 'cut', bytes: rest.length, digest: digestOf(rest) });
    }
  }
  return writer.write(fields);
}

/** Writes line after line, each with the digest of the one before. */
class LineWriter {
  readonly #handle: FileHandle;
  #offset: number;
  #last: Digest | null;

  constructor(handle: FileHandle, offset: number, last: Digest | null) {
    this.#handle = handle;
    this.#offset = offset;
    this.#last = last;
  }

  /** Ends a line that is there without its line feed. */
  async completed(line: Buffer): Promise<void> {
    await writeAllAt(this.#handle, Buffer.from('\n'), this.#offset + line.length);
    this.#moveOn(line);
  }

  async write(fields: EntryFields): Promise<Digest> {
    const { event, ...rest } = fields;
    const entry = { event, previous: this.#last, time: new Date().toISOString(), ...rest };
    const line = Buffer.from(JSON.stringify(entry));
    await writeAllAt(this.#handle, Buffer.concat([line, Buffer.from('\n')]), this.#offset);
    return this.#moveOn(line);
  }

  #moveOn(line: Buffer): Digest {
    this.#offset += line.length + 1;
    this.#last = digestOf(line);
    return this.#last;
  }
}
