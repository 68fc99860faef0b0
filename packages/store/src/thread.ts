import type { createHash } from 'node:crypto';
import type { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { type MessagePort, Worker } from 'node:worker_threads';

/** The Node modules that the functions of a thread use. */
export interface ThreadTools {
  readonly crypto: { readonly createHash: typeof createHash };
  readonly fs: {
    readonly closeSync: typeof closeSync;
    readonly openSync: typeof openSync;
    readonly readSync: typeof readSync;
    readonly writeSync: typeof writeSync;
  };
}

/**
 * Runs `main` on a new thread from its source text, because neither the bundled build nor the executable has a separate
 * file for it. So `main` may use only its arguments. `helper` is passed in the same way, for code that the main program
 * runs too.
 */
export function startThread<Helper extends (...args: never[]) => unknown>(
  main: (port: MessagePort, tools: ThreadTools, helper: Helper) => void,
  helper?: Helper,
): Worker {
  const tools = "{ crypto: require('node:crypto'), fs: require('node:fs') }";
  const port = "require('node:worker_threads').parentPort";
  return new Worker(`(${main})(${port}, ${tools}, ${helper})`, { eval: true });
}
