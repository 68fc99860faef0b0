import crypto from 'node:crypto';
import fs from 'node:fs';
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { BundleError } from '@bundle/format';
import type { Extent } from './extent-types.ts';
import { type ExtentHash, type HashAnswer, type HashRequest, hashExtent } from './hash-extent.ts';
import { takeHashThread } from './hash-thread.ts';

export interface HashJob {
  readonly name: string;
  readonly extent: Extent;
  /** Where to copy the bytes while hashing. */
  readonly to?: Extent;
}

export interface HashResult extends ExtentHash {
  readonly name: string;
}

export interface HashOptions {
  readonly onBytes: (count: number) => void;
  /** Absent if it cannot be interrupted. */
  readonly signal?: AbortSignal | undefined;
}

const maxThreads = 8;
/** One thread hashes this much before another one has started. */
const bytesForThread = 16 * 1024 * 1024;

/**
 * Computes the SHA-256 of many extents, the largest first, on this thread and one more for each further core. Returns
 * the results in the order of the jobs.
 */
export async function hashExtents(
  jobs: readonly HashJob[],
  options: HashOptions,
): Promise<HashResult[]> {
  const queue = jobs
    .map((job, id): HashRequest => ({ id, extent: job.extent, to: job.to }))
    .sort((a, b) => a.extent.size - b.extent.size);
  const total = jobs.reduce((sum, job) => sum + job.extent.size, 0);
  const count = Math.min(
    availableParallelism(),
    maxThreads,
    jobs.length,
    Math.ceil(total / bytesForThread),
  );
  const hashes: ExtentHash[] = new Array(jobs.length);
  const { onBytes, signal } = options;
  const stop = new AbortController();
  const share = { onBytes, signal: AbortSignal.any([stop.signal, ...(signal ? [signal] : [])]) };
  const failures: unknown[] = [];
  /** The first failure stops all threads. */
  const ended = (work: Promise<void>): Promise<void> =>
    work.catch((error: unknown) => {
      failures.push(error);
      stop.abort();
    });
  const others = Array.from({ length: count - 1 }, () => hashOnThread(queue, hashes, share));
  await Promise.all([...others, hashHere(queue, hashes, share)].map(ended));
  if (failures.length > 0) throw failures[0];
  return jobs.map(({ name }, id) => {
    const hash = hashes[id];
    if (hash === undefined) throw new Error(`no digest came back for ${name}`);
    return { name, ...hash };
  });
}

interface Share {
  readonly onBytes: (count: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Hashes on this thread. Yields to the event loop after each step and each extent, for signals, progress and messages
 * of the other threads.
 */
async function hashHere(
  queue: HashRequest[],
  hashes: ExtentHash[],
  { onBytes, signal }: Share,
): Promise<void> {
  for (let request = queue.pop(); request !== undefined; request = queue.pop()) {
    let counted = 0;
    const steps = hashExtent({ crypto, fs }, request.extent, request.to);
    for (let next = steps.next(); ; next = steps.next()) {
      const bytes = next.done === true ? next.value.bytesRead - counted : next.value;
      counted += bytes;
      onBytes(bytes);
      await setImmediate();
      if (signal.aborted) throw interrupted();
      if (next.done !== true) continue;
      hashes[request.id] = next.value;
      break;
    }
  }
}

function hashOnThread(
  queue: HashRequest[],
  hashes: ExtentHash[],
  { onBytes, signal }: Share,
): Promise<void> {
  const thread = takeHashThread();
  return new Promise<void>((resolve, reject) => {
    let counted = 0;
    const next = (): void => {
      const request = signal.aborted ? undefined : queue.pop();
      counted = 0;
      if (request !== undefined) thread.postMessage(request);
      else if (signal.aborted) reject(interrupted());
      else resolve();
    };
    signal.addEventListener('abort', next, { once: true });
    thread.on('message', (answer: HashAnswer) => {
      if ('step' in answer) {
        counted += answer.step;
        onBytes(answer.step);
        return;
      }
      const { id, ...hash } = answer;
      hashes[id] = hash;
      onBytes(hash.bytesRead - counted);
      next();
    });
    thread.on('error', reject);
    next();
  }).finally(() => {
    void thread.terminate();
  });
}

function interrupted(): BundleError {
  return new BundleError('interrupted', { operation: 'checking the bundle' });
}
