import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { answerRequests, hashExtent } from './hash-extent.ts';
import { startThread } from './thread.ts';

/** Started in advance and not yet taken. */
let ahead: Worker | undefined;

/**
 * Starts a thread in advance. Starting takes 30 ms, as long as a command needs to find out what to hash, so both can
 * happen at once. An unused thread does not keep the process alive.
 */
export function startHashThread(): void {
  if (availableParallelism() === 1 || ahead !== undefined) return;
  ahead = start();
  ahead.unref();
}

/** Returns a thread that answers the requests of hash-extent.ts; the caller must end it. */
export function takeHashThread(): Worker {
  const thread = ahead ?? start();
  ahead = undefined;
  thread.ref();
  return thread;
}

function start(): Worker {
  return startThread(answerRequests, hashExtent);
}
