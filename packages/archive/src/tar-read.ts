import type { Readable } from 'node:stream';
import { BundleError } from '@bundle/format';
import { Parser } from 'tar/parse';
import type { ReadEntry } from 'tar/read-entry';

export type { ReadEntry } from 'tar/read-entry';

/**
 * The entries of a tar stream, one after another; the stream waits while an entry is read.
 * An entry must be read to its end before the next one is asked for.
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
      // An error reaches whoever reads the entry; when nobody does, it is met at the next entry.
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
    // Without this, a reader in the middle of an entry would wait for ever.
    if (failure !== undefined) current?.destroy(failure);
    wake();
  };
  const stop = (): void => {
    end(interrupted());
    archive.destroy();
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  archive.on('data', (chunk: Buffer) => {
    onBytes(chunk.length);
    if (!parser.write(chunk)) archive.pause();
  });
  parser.on('drain', () => archive.resume());
  // A connection may end early without a word; the two zero blocks say that the archive is whole.
  parser.on('eof', () => {
    sawEnd = true;
  });
  parser.on('end', () => end(sawEnd ? undefined : broken('no end of the archive')));
  parser.on('error', (error: Error) => end(broken(error.message)));
  archive.on('end', () => parser.end());
  archive.on('error', (error) => end(signal.aborted ? interrupted() : asBroken(error)));
  archive.on('close', () => archive.readableEnded || end(broken('an end before its end')));
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

/** Who sends the archive may have said already what went wrong. */
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
