import type { IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { systemErrorCode } from '@bundle/format';
import type { Times } from './settings.ts';

/** How often something is tried in a row without any success. */
export const maxTries = 5;

/** Failures that stay when tried again: names that do not exist, certificates that are not trusted. */
const lasting = /^(?:ENOTFOUND|EPROTO|ERR_SSL_.*|ERR_TLS_.*|.*CERT.*|.*SIGNATURE.*|ABORT_ERR)$/;

/** Tells whether a failed connection may work when tried again. `hasAnswered`: the registry has, so it may be restarting. */
export function isPassing(error: unknown, hasAnswered: boolean): boolean {
  const code = systemErrorCode(error) ?? '';
  return code === 'ECONNREFUSED' ? hasAnswered : !lasting.test(code);
}

/** Tells whether an answer only means that the registry is busy or restarting. */
export function isBusy({ statusCode = 0 }: Pick<IncomingMessage, 'statusCode'>): boolean {
  return statusCode === 429 || statusCode === 408 || statusCode >= 500;
}

/**
 * Returns how many milliseconds to wait before the next try, by what the registry asks for or twice as long as before;
 * undefined if it asks for more than is sensible to wait.
 */
export function waitBefore(
  tries: number,
  retryAfter: string | undefined,
  { retry, longestWait }: Times,
  now: number = Date.now(),
): number | undefined {
  const usual = retry * 2 ** (tries - 1) * (0.75 + Math.random() / 2);
  if (retryAfter === undefined) return usual;
  const seconds = Number(retryAfter);
  const asked = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(retryAfter) - now;
  if (Number.isNaN(asked)) return usual;
  return asked > longestWait ? undefined : Math.max(asked, 0) + usual / 4;
}

export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await wait(milliseconds, undefined, { signal });
}
