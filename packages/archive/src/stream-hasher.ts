import type { Hash } from 'node:crypto';
import type { MessagePort } from 'node:worker_threads';
import { startThread, type ThreadTools } from '@bundle/store';

/** Bytes of a shared buffer to hash, or the end of a stream. */
type StreamHashRequest =
  | { readonly stream: number; readonly bytes: Uint8Array }
  | { readonly stream: number; readonly end: true };

/** The answers, one for each request in order, with the digest at the end. */
interface StreamHashAnswer {
  readonly sha256?: string;
}

/** The SHA-256 of one stream, computed on another thread. */
export interface StreamHash {
  /** Adds bytes. They must be in a SharedArrayBuffer and not change before the promise resolves. */
  update(bytes: Buffer): Promise<void>;
  /** Returns 64 hexadecimal digits. */
  digest(): Promise<string>;
}

interface Waiting {
  readonly resolve: (answer: StreamHashAnswer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Hashes streams on its own thread: the thread that reads from the engine is the bottleneck of an export, and hashing
 * would take a quarter of its time.
 */
export class StreamHasher {
  readonly #thread = startThread(answerRequests);
  readonly #waiting: Waiting[] = [];
  #streams = 0;
  #failure: Error | undefined;

  constructor() {
    this.#thread.on('message', (answer: StreamHashAnswer) =>
      this.#waiting.shift()?.resolve(answer),
    );
    this.#thread.on('error', (error) => this.#fail(error));
    // Closing fails pending requests, because the work that they belong to was abandoned.
    this.#thread.on('exit', () => this.#fail(new Error('the hash thread has ended')));
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
    await this.#thread.terminate();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }

  #ask(request: StreamHashRequest): Promise<StreamHashAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#waiting.push({ resolve, reject });
      this.#thread.postMessage(request);
    });
  }
}

/** Answers requests on the thread. It runs from its source text, so it uses only its arguments. */
function answerRequests(port: MessagePort, { crypto }: ThreadTools): void {
  const hashes = new Map<number, Hash>();
  const answer = (message: StreamHashAnswer): void => port.postMessage(message);
  port.on('message', (request: StreamHashRequest) => {
    const hash = hashes.get(request.stream) ?? crypto.createHash('sha256');
    if ('bytes' in request) {
      hashes.set(request.stream, hash.update(request.bytes));
      answer({});
    } else {
      hashes.delete(request.stream);
      answer({ sha256: hash.digest('hex') });
    }
  });
}
