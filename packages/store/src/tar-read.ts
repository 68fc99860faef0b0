import type { Readable } from 'node:stream';
import { BundleError } from '@bundle/format';
import { Parser, type ReadEntry } from 'tar';

export type { ReadEntry } from 'tar';

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
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      waiting.push(entry);
      wake();
    },
  });
  const end = (error?: Error | null): void => {
    failure ??= error ?? undefined;
    ended = true;
    wake();
  };
  const stop = (): void => {
    end(new BundleError('interrupted', { operation: 'reading an image archive' }));
    archive.destroy();
  };
  signal.addEventListener('abort', stop, { once: true });
  archive.on('data', (chunk: Buffer) => {
    onBytes(chunk.length);
    if (!parser.write(chunk)) archive.pause();
  });
  parser.on('drain', () => archive.resume());
  parser.on('end', () => end());
  parser.on('error', (error: Error) => end(broken(error.message)));
  archive.on('end', () => parser.end());
  archive.on('error', (error) => end(signal.aborted ? undefined : broken(error.message)));
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

function broken(found: string): BundleError {
  return new BundleError('engine-failed', {
    operation: 'reading an image archive',
    expected: 'a complete tar archive as `docker save` writes it',
    found,
    hint: 'See the engine’s log, then run the command again.',
  });
}
