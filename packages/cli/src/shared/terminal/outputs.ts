import type { WriteStream } from 'node:tty';

type Output = NodeJS.WriteStream & Partial<Pick<WriteStream, 'isTTY'>>;

/**
 * Watches stdout and stderr. The work continues when a reader leaves (`2>&1 | head -1`) or a terminal is closed;
 * otherwise it would stop half done, with a misleading exit code.
 */
export function watchOutputs(): { readonly end: () => Promise<Error | undefined> } {
  let lost: Error | undefined;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!readerIsGone(process.stdout, error)) lost ??= error;
  });
  // Losing stderr loses only messages; the exit code says the same.
  process.stderr.on('error', () => undefined);
  return {
    /** Waits until everything is written; returns the error that prevented writing the result, if any. */
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

/** Waits one turn, since a stream reports errors after its callbacks. */
function flushed(stream: Output): Promise<void> {
  return new Promise((resolve) => stream.write('', () => setImmediate(resolve)));
}
