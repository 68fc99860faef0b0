import type { Runtime } from '@bundle/engine';
import { BundleError } from '@bundle/format';
import { endedOf } from './health.ts';
import { showLogs } from './show-logs.ts';
import type { Tools } from './types.ts';
import {
  containersOrNone,
  isEngineGone,
  type Unhealthy,
  type WaitOptions,
  waitForEngine,
  waitHealthy,
} from './wait.ts';

/** Number of attempts: Compose may fail because the engine restarts, but repeated failures have another cause. */
const maxStarts = 3;

export interface Starting extends Omit<WaitOptions, 'onGone'> {
  /** Starts what is to run; called again if the engine was gone meanwhile. The signal ends at the deadline too. */
  readonly begin: (signal: AbortSignal) => Promise<void>;
  readonly onLine: (line: string) => void;
}

/** Why services did not become healthy. */
export interface StartFailure {
  readonly unhealthy: Unhealthy;
  /** Output of Compose, if it failed. */
  readonly words: string | undefined;
}

/**
 * Starts services and waits until they are healthy and stay so, also over restarts of the engine. Returns why they do
 * not, after it has shown their logs; undefined if they are.
 */
export async function startUntilHealthy(
  tools: Pick<Tools, 'runtime' | 'compose'>,
  starting: Starting,
): Promise<StartFailure | undefined> {
  const { project, deadline, onLine, signal } = starting;
  for (let attempt = 1; ; attempt += 1) {
    let wasGone = false;
    const onGone = (): void => {
      wasGone = true;
    };
    const words = await beginOverRestarts(tools.runtime, starting, onGone);
    const unhealthy = await waitHealthy(tools.runtime, {
      ...starting,
      // Compose has already given up: a service that is not ready now will not become ready.
      deadline: words === undefined ? deadline : performance.now(),
      onGone,
    });
    const isHealthy = unhealthy.length === 0 && words === undefined;
    const mayRetry = wasGone && attempt < maxStarts && performance.now() < deadline;
    if (isHealthy && !(mayRetry && (await hasEnded(tools.runtime, starting)))) return undefined;
    // Containers that end with their engine stay ended, and a swarm gives up the update of a service whose tasks do.
    if (mayRetry) {
      onLine('The engine was gone meanwhile; starting once more what ended with it');
      continue;
    }
    await showLogs(tools, project, unhealthy, onLine, signal);
    return { unhealthy, words };
  }
}

/** Tells whether a container has ended that may have ended with the engine, or if that is gone again. */
async function hasEnded(runtime: Runtime, { project, services }: Starting): Promise<boolean> {
  const containers = await containersOrNone(runtime, project);
  return containers === undefined || endedOf(services, containers).length > 0;
}

/** Starts the services; returns the output of Compose if it failed. */
async function beginOverRestarts(
  runtime: Runtime,
  { project, begin, deadline, onLine, onProgress, signal }: Starting,
  onGone: () => void,
): Promise<string | undefined> {
  onProgress({ phase: 'starting services', doneBytes: 0 });
  for (let attempt = 1; ; attempt += 1) {
    const limit = AbortSignal.timeout(Math.max(1, Math.ceil(deadline - performance.now())));
    try {
      await begin(AbortSignal.any([signal, limit]));
      return undefined;
    } catch (error) {
      if (signal.aborted || !(error instanceof BundleError)) throw error;
      if (limit.aborted) return 'docker compose up did not end in time';
      if (!isEngineGone(error) || attempt >= maxStarts) {
        if (error.code !== 'start-failed') throw error;
        return error.details.found ?? error.message;
      }
      onGone();
      onLine('The engine is gone; waiting until it answers again');
      await waitForEngine(runtime, project, deadline);
    }
  }
}

/** Lists the reasons of a failure, one a line. */
export function failureText({ unhealthy, words }: StartFailure): string {
  const verdicts = unhealthy.map(({ service, why }) => `${service}: ${why}`);
  return [...verdicts, ...(words === undefined ? [] : [words])].join('\n');
}
