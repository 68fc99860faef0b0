import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { StreamHashAnswer, StreamHashRequest } from './stream-hash-worker.ts';

/** One stream's running SHA-256, computed on another thread. */
export interface StreamHash {
  /** `bytes` lie in a SharedArrayBuffer and must not change before the promise is kept. */
  update(bytes: Buffer): Promise<void>;
  /** 64 hexadecimal digits. */
  digest(): Promise<string>;
}

interface Waiting {
  readonly resolve: (answer: StreamHashAnswer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Hashes streams on a thread of its own: the thread that reads from the engine is the bottleneck of an export,
 * and hashing would take a quarter of its time.
 */
export class StreamHasher {
  readonly #worker = new Worker(
    new URL(`./stream-hash-worker${extname(import.meta.filename)}`, import.meta.url),
  );
  readonly #waiting: Waiting[] = [];
  #streams = 0;

  constructor() {
    this.#worker.on('message', (answer: StreamHashAnswer) =>
      this.#waiting.shift()?.resolve(answer),
    );
    this.#worker.on('error', (error) => {
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    });
  }

  stream(): StreamHash {
    const stream = this.#streams++;
    return {
      update: async (bytes) => {
        await this.#ask({ stream, bytes });
      },
      digest: async () => {
        const { sha256 } = await this.#ask({ stream, end: true });
        if (sha256 === undefined) throw new Error('the hash thread answered without a digest');
        return sha256;
      },
    };
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(request: StreamHashRequest): Promise<StreamHashAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(request);
    });
  }
}
