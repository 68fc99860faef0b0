import type { Readable } from 'node:stream';
import { BundleError } from '@bundle/format';
import { Parser } from 'tar/parse';
import type { ReadEntry } from 'tar/read-entry';

export type { ReadEntry } from 'tar/read-entry';

/**
 * Yields the entries of a tar stream one after another; the stream waits while an entry is read. Read each entry to its
 * end before requesting the next.
 */
export async function* readTar(
  archive: Readable,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): AsyncGenerator<ReadEntry> {
  const waiting: ReadEntry[] = [];
  let wake: () => void = () => undefined;
  let ended = false;
  let failure: Error | undefined;
  let current: ReadEntry | undefined;
  let sawEnd = false;
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      // An error reaches the reader of the entry; without a reader, it is reported at the next entry.
      entry.on('error', () => undefined);
      waiting.push(entry);
      current = entry;
      wake();
    },
  });
  const end = (error?: Error | null): void => {
    if (ended) return;
    failure = error ?? undefined;
    ended = true;
    // Without this, a reader in the middle of an entry would wait forever.
    if (failure !== undefined) current?.destroy(failure);
    wake();
  };
  const stop = (): void => {
    end(interrupted());
    archive.destroy();
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  // A stream that failed before it was read emits nothing more.
  else if (archive.errored !== null) end(asBroken(archive.errored));
  else if (archive.destroyed) end(broken('a premature end'));
  archive.on('data', (chunk: Buffer) => {
    onBytes(chunk.length);
    if (!parser.write(chunk)) archive.pause();
  });
  parser.on('drain', () => archive.resume());
  // A connection may end early without an error; only the two zero blocks prove that the archive is complete.
  parser.on('eof', () => {
    sawEnd = true;
  });
  parser.on('end', () => end(sawEnd ? undefined : broken('no end-of-archive blocks')));
  parser.on('error', (error: Error) => end(broken(error.message)));
  archive.on('end', () => parser.end());
  archive.on('error', (error) => end(signal.aborted ? interrupted() : asBroken(error)));
  archive.on('close', () => archive.readableEnded || end(broken('a premature end')));
  try {
    for (;;) {
      if (failure !== undefined) throw failure;
      const entry = waiting.shift();
      if (entry !== undefined) yield entry;
      else if (ended) return;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (waiting.length > 0 || ended) resolve();
        });
      }
    }
  } finally {
    signal.removeEventListener('abort', stop);
    archive.destroy();
  }
}

function interrupted(): BundleError {
  return new BundleError('interrupted', { operation: 'reading an image archive' });
}

/** Converts an error, unless it is one in which the sender of the archive already says what went wrong. */
function asBroken(error: Error): BundleError {
  return error instanceof BundleError ? error : broken(error.message);
}

function broken(found: string): BundleError {
  return new BundleError('engine-failed', {
    operation: 'reading an image archive',
    expected: 'a complete tar archive as `docker save` writes it',
    found,
    hint: 'See the engine’s log, then run the command again.',
  });
}
