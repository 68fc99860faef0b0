import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Answer, answer } from './answer.ts';
import type { RegistryContent } from './content.ts';
import type { Credentials } from './credentials.ts';

/** Totals so far. */
export interface RequestCounts {
  requests: number;
  /** Bytes of manifests and blobs sent to clients. */
  bytes: number;
  /** Answered with an error: 4xx. */
  refused: number;
  /** Cut off because the content could not be read or is damaged; each was passed to `onFailure`. */
  failed: number;
  /** Abandoned by the client, or cut because it was too slow, before it had everything. */
  aborted: number;
}

export function noRequests(): RequestCounts {
  return { requests: 0, bytes: 0, refused: 0, failed: 0, aborted: 0 };
}

export interface HandlerOptions {
  readonly counts: RequestCounts;
  /** Clients that are answered; all of them when absent. */
  readonly credentials?: Credentials | undefined;
  /** Receives errors of the server; the client sees its connection cut. */
  readonly onFailure: (error: unknown) => void;
}

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Serves `content` to a server of node:http. The requests of one connection are answered one after the other, so a
 * client that sends many at once opens no more than one file.
 */
export function createRegistryHandler(
  content: RegistryContent,
  options: HandlerOptions,
): RequestHandler {
  const under = new WeakMap<Socket, Promise<void>>();
  return (request, response) => {
    options.counts.requests++;
    const before = under.get(request.socket) ?? Promise.resolve();
    under.set(
      request.socket,
      before.then(() => serve(content, request, response, options)),
    );
  };
}

async function serve(
  content: RegistryContent,
  request: IncomingMessage,
  response: ServerResponse,
  { counts, credentials, onFailure }: HandlerOptions,
): Promise<void> {
  let failed = false;
  const fail = (error: unknown): void => {
    failed = true;
    counts.failed++;
    onFailure(error);
  };
  try {
    if (request.socket.destroyed) {
      counts.aborted++;
      return;
    }
    const { method = '', url = '', headers } = request;
    const reply = answer(content, { method, target: url, headers }, credentials);
    if (reply.status >= 400) counts.refused++;
    response.writeHead(reply.status, {
      ...reply.headers,
      'docker-distribution-api-version': 'registry/2.0',
      'x-content-type-options': 'nosniff',
      // Does not wait for an unsolicited body.
      ...(reply.status === 405 ? { connection: 'close' } : {}),
    });
    if (method === 'HEAD' || 'text' in reply.body) {
      response.end('text' in reply.body ? reply.body.text : undefined);
      return;
    }
    await send(counted(content, reply.body, counts, fail), response);
  } catch (error) {
    // The headers were sent, so cutting the connection is the only signal left.
    response.destroy();
    if (failed) return;
    if (request.socket.destroyed) counts.aborted++;
    else fail(error);
  }
}

/**
 * Hands each piece to the system before reading the next one, so that its buffer can be reused and a slow client
 * costs no more memory than a fast one.
 */
async function send(pieces: AsyncIterable<Buffer>, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  for await (const piece of pieces) {
    await new Promise<void>((resolve, reject) => {
      if (gone.signal.aborted) return reject(new Error('the client has left'));
      const left = (): void => reject(new Error('the client has left'));
      gone.signal.addEventListener('abort', left, { once: true });
      response.write(piece, (error) => {
        gone.signal.removeEventListener('abort', left);
        if (error) reject(error);
        else resolve();
      });
    });
  }
  response.end();
}

async function* counted(
  content: RegistryContent,
  { digest, range }: Extract<Answer['body'], { digest: unknown }>,
  counts: RequestCounts,
  fail: (error: unknown) => void,
): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of content.openBlob(digest, range)) {
      counts.bytes += chunk.length;
      yield chunk;
    }
  } catch (error) {
    fail(error);
    throw error;
  }
}
