import { setTimeout as sleep } from 'node:timers/promises';
import type { ProjectContainer, Runtime } from '@bundle/engine';
import { BundleError, type OnProgress, reasonOf } from '@bundle/format';
import { heartbeat, judge, type Services, type Verdict } from './health.ts';

const pollMs = 200;
const probeTimeoutMs = 5_000;

export interface WaitOptions {
  readonly project: string;
  readonly services: Services;
  /** Deadline by `performance.now()`. */
  readonly deadline: number;
  /** Time during which nothing may restart once everything is ready. */
  readonly settleMs: number;
  /** URL that has to answer with a status below 400. */
  readonly probe?: string;
  /** Called whenever the engine does not answer. */
  readonly onGone?: () => void;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** Reasons why the release is not healthy; empty if it is. */
export type Unhealthy = readonly Verdict[];

/** Waits until every service is ready, stays so for the quiet period, and the probe answers. */
export async function waitHealthy(runtime: Runtime, options: WaitOptions): Promise<Unhealthy> {
  let settledSince: number | undefined;
  let beat = '';
  for (;;) {
    options.signal.throwIfAborted();
    const containers = await containersOrNone(runtime, options.project);
    if (containers === undefined) options.onGone?.();
    const verdicts = await withProbe(judgeAll(options.services, containers), options);
    const now = performance.now();
    const bad = verdicts.filter(({ state }) => state === 'failed');
    if (bad.length > 0) return bad;
    const waiting = verdicts.filter(({ state }) => state === 'waiting');
    const nextBeat = heartbeat(containers ?? []);
    if (waiting.length > 0 || nextBeat !== beat) settledSince = undefined;
    beat = nextBeat;
    if (waiting.length === 0) {
      settledSince ??= now;
      if (now - settledSince >= options.settleMs) return [];
    }
    // A quiet period that has begun may end after the deadline.
    if (now > options.deadline && (waiting.length > 0 || settledSince === now)) {
      return waiting.length > 0 ? waiting : [restless(options)];
    }
    options.onProgress({
      phase: waiting.length > 0 ? 'waiting for health' : 'checking that it stays up',
      doneBytes: 0,
      detail: waiting.map(({ service }) => service).join(', '),
    });
    await sleep(pollMs, undefined, { signal: options.signal });
  }
}

function judgeAll(
  services: Services,
  containers: readonly ProjectContainer[] | undefined,
): Verdict[] {
  if (containers !== undefined) return judge(services, containers);
  const why = 'the engine does not answer';
  return [{ service: 'engine', container: 'engine', state: 'waiting', why }];
}

function restless({ project }: WaitOptions): Verdict {
  return {
    service: project,
    container: project,
    state: 'waiting',
    why: 'its containers keep restarting',
  };
}

/** Lists the containers; undefined while the engine does not answer, as it may be restarting. */
export async function containersOrNone(
  runtime: Runtime,
  project: string,
): Promise<readonly ProjectContainer[] | undefined> {
  try {
    return await runtime.containers(project);
  } catch (error) {
    if (isEngineGone(error)) return undefined;
    throw error;
  }
}

/**
 * Tells whether an error means that the engine is gone: while it restarts, it refuses new connections or cuts open
 * ones.
 */
export function isEngineGone(error: unknown): error is BundleError {
  if (!(error instanceof BundleError)) return false;
  if (error.code === 'engine-unreachable') return true;
  return (
    ['engine-failed', 'start-failed'].includes(error.code) &&
    /cannot connect to the docker daemon|connection (refused|reset)|socket hang up|ECONNRESET|EPIPE|unexpected EOF|shutting down/i.test(
      error.details.found ?? '',
    )
  );
}

/** Waits for an engine that is temporarily gone. Fails with `engine-unreachable` at the deadline. */
export async function waitForEngine(
  runtime: Runtime,
  project: string,
  deadline: number,
): Promise<void> {
  for (;;) {
    try {
      await runtime.containers(project);
      return;
    } catch (error) {
      if (!isEngineGone(error) || performance.now() > deadline) throw error;
    }
    await sleep(pollMs * 2);
  }
}

async function withProbe(
  verdicts: Verdict[],
  { probe, signal }: Pick<WaitOptions, 'probe' | 'signal'>,
): Promise<Verdict[]> {
  if (probe === undefined || verdicts.some(({ state }) => state !== 'ready')) return verdicts;
  const failure = await probeOnce(probe, signal);
  if (failure === undefined) return verdicts;
  return [...verdicts, { service: 'probe', container: probe, state: 'waiting', why: failure }];
}

async function probeOnce(url: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(probeTimeoutMs)]);
    const answer = await fetch(url, { redirect: 'manual', signal: limit });
    await answer.body?.cancel();
    return answer.status < 400 ? undefined : `${url} answers with status ${answer.status}`;
  } catch (error) {
    if (signal.aborted) throw error;
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return `${url} does not answer: ${reasonOf(cause)}`;
  }
}
