import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { answerRequests, hashExtent } from './hash-extent.ts';
import { startThread } from './thread.ts';

/** Started and not yet asked for. */
let ahead: Worker | undefined;

/**
 * A thread takes 30 ms to start, as long as a command needs to find out what there is to hash: who will hash much lets it
 * start meanwhile. One that is not used in the end does not keep the process alive.
 */
export function startHashThread(): void {
  if (availableParallelism() === 1 || ahead !== undefined) return;
  ahead = start();
  ahead.unref();
}

/** A thread that answers requests of hash-extent.ts; whoever takes it ends it. */
export function takeHashThread(): Worker {
  const thread = ahead ?? start();
  ahead = undefined;
  thread.ref();
  return thread;
}

function start(): Worker {
  return startThread(answerRequests, hashExtent);
}
