import type { WriteStream } from 'node:tty';

type Output = NodeJS.WriteStream & Partial<Pick<WriteStream, 'isTTY'>>;

/**
 * Watches stdout and stderr. A reader that leaves (`2>&1 | head -1`) or a terminal that is closed does not end the
 * work: it would stop half done, with an exit code that says nothing of it.
 */
export function watchOutputs(): { readonly end: () => Promise<Error | undefined> } {
  let lost: Error | undefined;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!readerIsGone(process.stdout, error)) lost ??= error;
  });
  // On stderr there are words only; the exit code says the same.
  process.stderr.on('error', () => undefined);
  return {
    /** Waits until all is written; the error that kept the result from being written, if any. */
    end: async () => {
      await flushed(process.stdout);
      await flushed(process.stderr);
      return lost;
    },
  };
}

function readerIsGone({ isTTY }: Output, { code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || (code === 'EIO' && isTTY === true);
}

/** Errors of a stream come after its callbacks, so one turn later. */
function flushed(stream: Output): Promise<void> {
  return new Promise((resolve) => stream.write('', () => setImmediate(resolve)));
}
