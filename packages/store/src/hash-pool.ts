import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BundleError } from '@bundle/format';
import type { Extent } from './extent.ts';
import type { HashAnswer, HashRequest, HashStep } from './hash-worker.ts';

export interface HashJob {
  readonly name: string;
  readonly extent: Extent;
}

export interface HashResult {
  readonly name: string;
  readonly sha256: string;
  readonly bytesRead: number;
  /** Why the file could not be read to its end. */
  readonly reason?: string;
}

const maxWorkers = 8;
/** Less than this is hashed sooner on one thread than a second one starts. */
const bytesForWorker = 16 * 1024 * 1024;

/**
 * SHA-256 of many extents, the largest first, one worker thread for each core.
 * Results come in the order of the jobs.
 */
export async function hashExtents(
  jobs: readonly HashJob[],
  options: { readonly onBytes: (count: number) => void; readonly signal: AbortSignal },
): Promise<HashResult[]> {
  const queue = jobs
    .map((job, id): HashRequest => ({ id, extent: job.extent }))
    .sort((a, b) => a.extent.size - b.extent.size);
  const total = jobs.reduce((sum, job) => sum + job.extent.size, 0);
  const count = Math.min(
    availableParallelism(),
    maxWorkers,
    jobs.length,
    Math.max(1, Math.ceil(total / bytesForWorker)),
  );
  const answers: HashAnswer[] = new Array(jobs.length);
  await Promise.all(Array.from({ length: count }, () => runWorker(queue, answers, options)));
  return jobs.map(({ name }, id) => {
    const answer = answers[id];
    if (answer === undefined) throw new Error(`no digest came back for ${name}`);
    const { sha256, bytesRead, reason } = answer;
    return { name, sha256, bytesRead, ...(reason === undefined ? {} : { reason }) };
  });
}

function runWorker(
  queue: HashRequest[],
  answers: HashAnswer[],
  { onBytes, signal }: { onBytes: (count: number) => void; signal: AbortSignal },
): Promise<void> {
  // The build turns .ts into .js; Node runs either.
  const worker = new Worker(
    new URL(`./hash-worker${extname(import.meta.filename)}`, import.meta.url),
  );
  return new Promise<void>((resolve, reject) => {
    let stepped = 0;
    const next = (): void => {
      if (signal.aborted) {
        reject(new BundleError('interrupted', { operation: 'checking the bundle' }));
        return;
      }
      const request = queue.pop();
      stepped = 0;
      if (request === undefined) resolve();
      else worker.postMessage(request);
    };
    signal.addEventListener('abort', next, { once: true });
    worker.on('message', (message: HashAnswer | HashStep) => {
      if ('step' in message) {
        stepped += message.step;
        onBytes(message.step);
        return;
      }
      answers[message.id] = message;
      onBytes(message.bytesRead - stepped);
      next();
    });
    worker.on('error', reject);
    next();
  }).finally(async () => {
    await worker.terminate();
  });
}
