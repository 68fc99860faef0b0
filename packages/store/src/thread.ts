import type { createHash } from 'node:crypto';
import type { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { type MessagePort, Worker } from 'node:worker_threads';

/** The parts of Node that the functions of a thread use. */
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
 * Runs `main` on a thread of its own, from its text: neither the files that the build makes of everything nor an
 * executable has one for it. So `main` may use nothing but its arguments;
 * `helper`, handed over the same way, is for what the program itself runs too.
 */
export function startThread<Helper extends (...args: never[]) => unknown>(
  main: (port: MessagePort, tools: ThreadTools, helper: Helper) => void,
  helper?: Helper,
): Worker {
  const tools = "{ crypto: require('node:crypto'), fs: require('node:fs') }";
  const port = "require('node:worker_threads').parentPort";
  return new Worker(`(${main})(${port}, ${tools}, ${helper})`, { eval: true });
}
