import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { BundleError, type Descriptor, hexOf, reasonOf } from '@bundle/format';
import type { RegistryConnection } from './connection.ts';
import { piecesOf } from './pieces.ts';
import { maxTries, pause, waitBefore } from './retry.ts';

/** Progress after which an interrupted download counts as a new one. */
const worthwhileBytes = 64 * 1024;

/**
 * Streams a blob and checks its digest: the end comes only if all bytes were right. Goes on where the connection was
 * cut. A chunk is valid only until the next one is requested. Fails with the errors of `send`, or with
 * `digest-mismatch`.
 */
export async function* streamBlob(
  connection: RegistryConnection,
  repository: string,
  { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const subject = `${connection.name}/${repository}@${digest}`;
  const hash = createHash('sha256');
  let offset = 0;
  let tries = 0;
  do {
    const start = offset;
    let failure: unknown = new Error('the connection was cut');
    const answer = await connection.send({
      method: 'GET',
      to: `${repository}/blobs/${digest}`,
      scopes: [{ repository }],
      headers: offset === 0 ? {} : { range: `bytes=${offset}-` },
      accept: [200, 206],
      inPieces: true,
      operation: 'downloading the layer',
      subject,
      signal,
    });
    // A registry may not know ranges, and sends everything again.
    let skip = offset - startOf(answer, offset);
    if (skip < 0) throw otherBytes(subject, digest, 'bytes from another place than asked for');
    const chunks = piecesOf(answer)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await chunks.next().catch((error: unknown) => {
          failure = error;
          return { done: true, value: undefined } as const;
        });
        if (next.done === true) break;
        const chunk = next.value.subarray(Math.min(skip, next.value.length));
        skip -= next.value.length - chunk.length;
        if (chunk.length === 0) continue;
        offset += chunk.length;
        if (offset > size) throw otherBytes(subject, digest, `more than ${size} bytes`);
        hash.update(chunk);
        yield chunk;
      }
    } finally {
      answer.destroy();
    }
    if (offset === size) break;
    signal.throwIfAborted();
    tries = offset - start >= worthwhileBytes ? 1 : tries + 1;
    if (tries >= maxTries) throw cutOff(connection.name, subject, size, offset, failure);
    await pause(waitBefore(tries, undefined, connection.times) ?? 0, signal);
  } while (offset < size);
  const found = hash.digest('hex');
  if (found !== hexOf(digest)) throw otherBytes(subject, digest, `sha256:${found}`);
}

/** Returns the place of the first byte that an answer has. */
function startOf({ statusCode, headers }: IncomingMessage, asked: number): number {
  if (statusCode !== 206) return 0;
  return Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? asked);
}

function otherBytes(subject: string, digest: string, found: string): BundleError {
  return new BundleError('digest-mismatch', {
    operation: 'downloading the layer',
    subject,
    expected: digest,
    found,
    hint: 'The registry, or a proxy before it, is damaged: run the command again; if it fails again, push the image again.',
  });
}

function cutOff(
  registry: string,
  subject: string,
  size: number,
  found: number,
  cause: unknown,
): BundleError {
  return new BundleError('registry-unreachable', {
    operation: 'downloading the layer',
    subject,
    expected: `${size} bytes`,
    found: `${found} bytes, then several times: ${reasonOf(cause)}`,
    hint: `Check the connection to ${registry}, then run the command again: layers that are complete are kept.`,
    cause,
  });
}
