import type { IncomingMessage } from 'node:http';
import { BundleError, type ErrorCode, reasonOf, systemErrorCode } from '@bundle/format';
import { z } from 'zod';

/** What was asked of a registry, for messages. */
export interface Asked {
  /** "reading the manifest of". */
  readonly operation: string;
  /** The image, blob or repository, with its registry. */
  readonly subject: string;
  readonly registry: string;
}

const errorsSchema = z.looseObject({
  errors: z.array(z.looseObject({ code: z.string(), message: z.string().nullish() })).min(1),
});

/** Returns what a registry says about an error, in a line (distribution-spec, error codes); empty if nothing. */
export function wordsOf(body: Buffer): string {
  try {
    const { errors } = errorsSchema.parse(JSON.parse(body.toString('utf8')));
    return errors
      .map(({ code, message }) => [code, message].filter(Boolean).join(': '))
      .join('; ')
      .slice(0, 300);
  } catch {
    // A proxy answers with a page; its status says more.
    return '';
  }
}

/** Makes the error for an answer that ends the work. */
export function statusError(
  { operation, subject, registry }: Asked,
  { statusCode = 0, headers }: Pick<IncomingMessage, 'statusCode' | 'headers'>,
  words: string,
): BundleError {
  const found = [`status ${statusCode}`, words].filter((one) => one !== '').join(', ');
  const make = (code: ErrorCode, hint: string): BundleError =>
    new BundleError(code, { operation, subject, found, hint });
  if (statusCode === 401) {
    return make(
      'registry-denied',
      `Check the name, or log in: \`docker login ${registry}\`. A registry may say this of an image that it does not have.`,
    );
  }
  if (statusCode === 403) {
    return make('registry-denied', `Ask for access, or log in as another user of ${registry}.`);
  }
  if (statusCode === 404) return make('image-not-found', 'Check the name and the tag.');
  if (statusCode === 429) {
    const after = headers['retry-after'];
    const wait = after === undefined ? 'later' : waitText(after);
    return make(
      'registry-failed',
      `The registry limits requests: try again ${wait}, or log in: \`docker login ${registry}\`.`,
    );
  }
  if (statusCode === 413)
    return make('registry-failed', 'The registry, or a proxy before it, limits the size of blobs.');
  return make(
    'registry-failed',
    statusCode >= 500
      ? 'See the log of the registry (is its disk full?), then run the command again.'
      : 'See the log of the registry.',
  );
}

/** Writes a Retry-After header, which has seconds or a date. */
function waitText(after: string): string {
  return /^\d+$/.test(after) ? `after ${after} s` : `after ${after}`;
}

/** Makes the error for a registry that cannot be reached, or that cut the connection again and again. */
export function connectionError({ operation, subject, registry }: Asked, cause: unknown): unknown {
  if (cause instanceof BundleError) return cause;
  const code = systemErrorCode(cause) ?? '';
  // An attempt at each address of a name may fail; then the message itself is empty.
  const found = reasonOf(cause) || code || 'no connection';
  return new BundleError('registry-unreachable', {
    operation,
    subject,
    found,
    hint: hintOf(code, found, registry),
    cause,
  });
}

function hintOf(code: string, found: string, registry: string): string {
  if (/CERT|SIGNATURE|SELF_SIGNED/.test(code)) {
    return `The certificate of ${registry} is not trusted: put that of its authority at /etc/docker/certs.d/${registry}/ca.crt.`;
  }
  if (/wrong version number|packet length too long/i.test(found)) {
    return `${registry} does not use TLS: allow that with --plain-http ${registry}.`;
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `Check the name ${registry} and the network.`;
  return `Check that ${registry} runs and that this host reaches it, then run the command again.`;
}
