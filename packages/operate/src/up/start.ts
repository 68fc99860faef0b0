import type { WantedService } from '@bundle/engine';
import { BundleError } from '@bundle/format';
import { requestFor, runImages, type StagedRelease } from '@bundle/host';
import { judge, type Verdict } from './health.ts';
import { showLogs } from './show-logs.ts';
import { refreshNginx, replaceSideBySide } from './side-by-side.ts';
import type { StepContext } from './step-context.ts';
import { isEngineGone, type Unhealthy, waitForEngine, waitHealthy } from './wait.ts';

/** Number of attempts: Compose may fail because the engine restarts, but repeated failures have another cause. */
const maxStarts = 3;

/** Starts a release and waits until it is healthy and stays so. Fails with `release-unhealthy`. */
export async function start(
  context: StepContext,
  release: StagedRelease,
  signal: AbortSignal,
  settleMs = context.options.settleMs,
): Promise<readonly Verdict[]> {
  const { tools, state, options } = context;
  const deadline = performance.now() + options.timeoutMs;
  const services = runImages(release.manifest).flatMap((image) => image.services);
  const plan = await tools.compose.services(requestFor(release));
  const wanted = [...plan.keys()];
  const { probe, onProgress } = options;
  for (let attempt = 1; ; attempt += 1) {
    let wasGone = false;
    const onGone = (): void => {
      wasGone = true;
    };
    const words = await composeUp(context, release, { wanted: plan, deadline, onGone }, signal);
    const unhealthy = await waitHealthy(tools.runtime, {
      project: state.name,
      services: wanted.length > 0 ? wanted : services,
      // Compose has already given up: a service that is not ready now will not become ready.
      deadline: words === undefined ? deadline : performance.now(),
      settleMs,
      ...(probe === undefined ? {} : { probe }),
      onGone,
      onProgress,
      signal,
    });
    if (unhealthy.length === 0 && words === undefined)
      return judge(wanted, await tools.runtime.containers(state.name));
    // Containers that end with their engine stay ended, and a swarm gives up the update of a service whose tasks do.
    if (wasGone && attempt < maxStarts && performance.now() < deadline) {
      options.onLine('The engine was gone meanwhile; starting once more what ended with it');
      continue;
    }
    await showLogs(tools, state.name, unhealthy, options.onLine, signal);
    throw unhealthyError(context, release, unhealthy, words);
  }
}

interface Attempt {
  readonly wanted: ReadonlyMap<string, WantedService>;
  /** By `performance.now()`. */
  readonly deadline: number;
  readonly onGone: () => void;
}

/** Starts the services; returns the output of Compose if it failed. */
async function composeUp(
  context: StepContext,
  release: StagedRelease,
  { wanted, deadline, onGone }: Attempt,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { tools, state, options } = context;
  options.onProgress({ phase: 'starting services', doneBytes: 0 });
  for (let attempt = 1; ; attempt += 1) {
    const limit = AbortSignal.timeout(Math.max(1, Math.ceil(deadline - performance.now())));
    try {
      const request = requestFor(release);
      const { onLine, onPoint } = options;
      const replacing = { request, wanted, onLine, onPoint, deadline, signal };
      await removeUnchosen(context, release, wanted);
      await replaceSideBySide(tools, state.name, replacing);
      const before = await tools.runtime.containers(state.name);
      await tools.compose.start(request, options.onLine, AbortSignal.any([signal, limit]));
      await refreshNginx(tools.runtime, state.name, before);
      return undefined;
    } catch (error) {
      if (signal.aborted || !(error instanceof BundleError)) throw error;
      if (limit.aborted) return 'docker compose up did not end in time';
      if (!isEngineGone(error) || attempt >= maxStarts) {
        if (error.code !== 'start-failed') throw error;
        return error.details.found ?? error.message;
      }
      onGone();
      options.onLine('The engine is gone; waiting until it answers again');
      await waitForEngine(tools.runtime, state.name, deadline);
    }
  }
}

/**
 * Removes containers of services whose profile is no longer chosen: Compose leaves them alone, and an alternative may
 * need their name or port.
 */
async function removeUnchosen(
  { tools, state, options }: StepContext,
  { manifest }: StagedRelease,
  wanted: ReadonlyMap<string, WantedService>,
): Promise<void> {
  const services = new Set(runImages(manifest).flatMap((image) => image.services));
  for (const { id, service } of await tools.runtime.containers(state.name)) {
    if (wanted.has(service) || !services.has(service)) continue;
    options.onLine(`Removing ${service}: its profile is not chosen`);
    await tools.runtime.removeContainer(id);
  }
}

function unhealthyError(
  { state, options }: StepContext,
  { manifest }: StagedRelease,
  unhealthy: Unhealthy,
  words: string | undefined,
): BundleError {
  const verdicts = unhealthy.map(({ service, why }) => `${service}: ${why}`);
  return new BundleError('release-unhealthy', {
    operation: 'starting',
    subject: `${state.name} ${manifest.version}`,
    expected: `healthy services within ${options.timeoutMs / 1000} s`,
    found: [...verdicts, ...(words === undefined ? [] : [words])].join('\n'),
    hint: 'Its logs are above.',
  });
}
