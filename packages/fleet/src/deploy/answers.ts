import { BundleError, type ErrorCode, exitCodes, parseJson } from '@bundle/format';
import { z } from 'zod';
import type { Answer } from '../ssh/connection.ts';

/** Most characters that are shown of one text of a host: a host may answer anything. */
const maxTextLength = 1000;

/** A text of a host, cut where it is too long to show. */
export const hostText = z.string().transform((text) => text.slice(0, maxTextLength));

const errorSchema = z.object({
  code: z.string().max(100),
  message: hostText,
  operation: hostText.optional(),
  subject: hostText.optional(),
  expected: hostText.optional(),
  found: hostText.optional(),
  hint: hostText.optional(),
});
const failureSchema = z.looseObject({ error: errorSchema.optional() });

/** Parses the document that a command printed on a host; undefined where it printed none. */
export function documentOf({ stdout }: Answer): unknown {
  try {
    return parseJson(Buffer.from(stdout));
  } catch {
    return undefined;
  }
}

/** Returns the failure of a command on a host, in the words of that host; undefined if it succeeded. */
export function failureOf(
  host: string,
  operation: string,
  answer: Answer,
): BundleError | undefined {
  if (answer.code === 0) return undefined;
  const error = failureSchema.safeParse(documentOf(answer)).data?.error;
  if (error !== undefined && isCode(error.code)) {
    return new BundleError(error.code, {
      operation: `on ${host}: ${error.operation ?? operation}`,
      ...(error.subject === undefined ? {} : { subject: error.subject }),
      ...(error.expected === undefined ? {} : { expected: error.expected }),
      found: error.found ?? error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
  const words =
    hostText.parse(answer.stderr.trim().split('\n').at(-1)) || `exit code ${answer.code}`;
  const isFull = /no space left|disk quota exceeded/i.test(answer.stderr);
  return new BundleError(isFull ? 'no-space' : 'host-unreachable', {
    operation: `on ${host}: ${operation}`,
    found: words,
    hint: isFull
      ? 'Make room on that host, then run the command again: it sends only what is missing.'
      : /sudo.*not found/.test(words)
        ? 'Install sudo there, or log in as root.'
        : /sudo/.test(words)
          ? 'Let that user run sudo without a password, or log in as one who may use the engine.'
          : 'Check by hand what that host answers (`ssh HOST`), then run the command again.',
  });
}

function isCode(code: string): code is ErrorCode {
  return Object.hasOwn(exitCodes, code);
}
