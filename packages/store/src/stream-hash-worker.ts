import { createHash, type Hash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';

/** Bytes of a shared buffer to hash, or the end of a stream. */
export type StreamHashRequest =
  | { readonly stream: number; readonly bytes: Uint8Array }
  | { readonly stream: number; readonly end: true };

/** One answer for each request, in order: the digest at the end. */
export interface StreamHashAnswer {
  readonly sha256?: string;
}

const hashes = new Map<number, Hash>();

parentPort?.on('message', (request: StreamHashRequest) => {
  const hash = hashes.get(request.stream) ?? createHash('sha256');
  if ('bytes' in request) {
    hashes.set(request.stream, hash.update(request.bytes));
    parentPort?.postMessage({});
  } else {
    hashes.delete(request.stream);
    parentPort?.postMessage({ sha256: hash.digest('hex') });
  }
});
