import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { Extent } from './extent.ts';

/** What a hash worker answers for one extent. `reason`: the file could not be read. */
export interface HashAnswer {
  readonly id: number;
  readonly sha256: string;
  readonly bytesRead: number;
  readonly reason?: string;
}

export interface HashRequest {
  readonly id: number;
  readonly extent: Extent;
}

export interface HashStep {
  readonly id: number;
  readonly step: number;
}

// Synchronous reads on a thread of its own are the fastest way to hash a file in Node:
// no trip through the thread pool for each chunk.
const buffer = Buffer.allocUnsafeSlow(1024 * 1024);
const stepBytes = 32 * 1024 * 1024;

parentPort?.on('message', ({ id, extent }: HashRequest) => {
  parentPort?.postMessage(hashExtent(id, extent));
});

function hashExtent(id: number, { file, offset, size }: Extent): HashAnswer {
  const hash = createHash('sha256');
  let done = 0;
  let reported = 0;
  let fd: number | undefined;
  try {
    fd = openSync(file, 'r');
    while (done < size) {
      const wanted = Math.min(buffer.length, size - done);
      const count = readSync(fd, buffer, 0, wanted, offset + done);
      if (count === 0) break;
      hash.update(count === buffer.length ? buffer : buffer.subarray(0, count));
      done += count;
      if (done - reported >= stepBytes) {
        const step: HashStep = { id, step: done - reported };
        parentPort?.postMessage(step);
        reported = done;
      }
    }
    return { id, sha256: hash.digest('hex'), bytesRead: done };
  } catch (error) {
    return { id, sha256: '', bytesRead: done, reason: String(error) };
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
