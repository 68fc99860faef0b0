import type { MessagePort } from 'node:worker_threads';
import type { Extent } from './extent-types.ts';
import type { ThreadTools } from './thread.ts';

/**
 * The result for one extent. `reason`: why the file could not be read to its end; `systemCode`: the system's error
 * code. `unwritable`: the copy could not be written.
 */
export interface ExtentHash {
  readonly sha256: string;
  readonly bytesRead: number;
  readonly reason?: string;
  readonly systemCode?: string;
  readonly unwritable?: { readonly message: string; readonly code: string };
}

export interface HashRequest {
  readonly id: number;
  readonly extent: Extent;
  /** Where to copy the bytes, if anywhere; the files must exist. */
  readonly to?: Extent | undefined;
}

/** A message from a thread: bytes read since the last message, or the result of an extent. */
export type HashAnswer = { readonly step: number } | ({ readonly id: number } & ExtentHash);

/**
 * Computes the SHA-256 of an extent, and copies the bytes to `to` if given. Yields the number of bytes since the
 * previous yield. Synchronous reads are the fastest way to hash a file in Node: no trip through the thread pool for
 * each chunk. Also runs on threads, so it uses only its arguments.
 */
export function* hashExtent(
  { crypto, fs }: ThreadTools,
  extent: Extent,
  to?: Extent,
): Generator<number, ExtentHash> {
  // Signals, and other threads that want their next extent, have to wait for the end of a step.
  const stepBytes = 4 * 1024 * 1024;
  const buffer = Buffer.allocUnsafeSlow(Math.min(512 * 1024, extent.size));
  const hash = crypto.createHash('sha256');
  let done = 0;
  let reported = 0;
  let fd: number | undefined;
  const targets = to === undefined ? [] : [...(to.segments ?? [to])];
  let out: number | undefined;
  let written = 0;
  let isWriting = false;
  const copy = (length: number): void => {
    isWriting = true;
    for (let start = 0; start < length; ) {
      const [target] = targets;
      if (target === undefined) throw new Error('no room for the copy');
      out ??= fs.openSync(target.file, 'r+');
      const wanted = Math.min(length - start, target.size - written);
      const count = fs.writeSync(out, buffer, start, wanted, target.offset + written);
      start += count;
      written += count;
      if (written < target.size) continue;
      fs.closeSync(out);
      out = undefined;
      written = 0;
      targets.shift();
    }
    isWriting = false;
  };
  try {
    for (const { file, offset, size } of extent.segments ?? [extent]) {
      fd = fs.openSync(file, 'r');
      for (let read = 0; read < size; ) {
        const wanted = Math.min(buffer.length, size - read);
        const count = fs.readSync(fd, buffer, 0, wanted, offset + read);
        if (count === 0) break;
        hash.update(count === buffer.length ? buffer : buffer.subarray(0, count));
        if (to !== undefined) copy(count);
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
    const failed = { sha256: '', bytesRead: done };
    const hasCode = typeof error === 'object' && error !== null && 'code' in error;
    const systemCode = hasCode ? String(error.code) : '';
    if (!isWriting) return { ...failed, reason: String(error), systemCode };
    return { ...failed, unwritable: { message: String(error), code: systemCode } };
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
    if (out !== undefined) fs.closeSync(out);
  }
}

/** Answers requests one after another; the main function of a thread. */
export function answerRequests(
  port: MessagePort,
  tools: ThreadTools,
  hash: typeof hashExtent,
): void {
  const answer = (message: HashAnswer): void => port.postMessage(message);
  port.on('message', ({ id, extent, to }: HashRequest) => {
    const steps = hash(tools, extent, to);
    let next = steps.next();
    for (; next.done !== true; next = steps.next()) answer({ step: next.value });
    answer({ id, ...next.value });
  });
}
