import type { MessagePort } from 'node:worker_threads';
import type { Extent } from './extent.ts';
import type { ThreadTools } from './thread.ts';

/** `reason`: the file could not be read to its end. */
export interface ExtentHash {
  readonly sha256: string;
  readonly bytesRead: number;
  readonly reason?: string;
}

export interface HashRequest {
  readonly id: number;
  readonly extent: Extent;
}

/** What a thread answers: bytes read since the last answer, or the end of an extent. */
export type HashAnswer = { readonly step: number } | ({ readonly id: number } & ExtentHash);

/**
 * SHA-256 of an extent; yields how many bytes came since it last did. Synchronous reads are the fastest way to hash
 * a file in Node: no trip through the thread pool for each chunk. Runs on threads too, so it uses only its arguments.
 */
export function* hashExtent(
  { crypto, fs }: ThreadTools,
  extent: Extent,
): Generator<number, ExtentHash> {
  const stepBytes = 16 * 1024 * 1024;
  const buffer = Buffer.allocUnsafeSlow(Math.min(512 * 1024, extent.size));
  const hash = crypto.createHash('sha256');
  let done = 0;
  let reported = 0;
  let fd: number | undefined;
  try {
    for (const { file, offset, size } of extent.segments ?? [extent]) {
      fd = fs.openSync(file, 'r');
      for (let read = 0; read < size; ) {
        const wanted = Math.min(buffer.length, size - read);
        const count = fs.readSync(fd, buffer, 0, wanted, offset + read);
        if (count === 0) break;
        hash.update(count === buffer.length ? buffer : buffer.subarray(0, count));
        read += count;
        done += count;
        if (done - reported < stepBytes) continue;
        yield done - reported;
        reported = done;
      }
      fs.closeSync(fd);
      fd = undefined;
    }
    return { sha256: hash.digest('hex'), bytesRead: done };
  } catch (error) {
    return { sha256: '', bytesRead: done, reason: String(error) };
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/** A thread's work: answers requests one after another. */
export function answerRequests(
  port: MessagePort,
  tools: ThreadTools,
  hash: typeof hashExtent,
): void {
  const answer = (message: HashAnswer): void => port.postMessage(message);
  port.on('message', ({ id, extent }: HashRequest) => {
    const steps = hash(tools, extent);
    let next = steps.next();
    for (; next.done !== true; next = steps.next()) answer({ step: next.value });
    answer({ id, ...next.value });
  });
}
