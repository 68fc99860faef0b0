import type { WantedService } from '@bundle/engine';
import { BundleError } from '@bundle/format';
import { requestFor, runImages, type StagedRelease } from '@bundle/host';
import { judge, namedServices, type Verdict } from './health.ts';
import { refreshNginx, replaceSideBySide } from './side-by-side.ts';
import { failureText, type StartFailure, startUntilHealthy } from './start-until-healthy.ts';
import type { StepContext } from './step-context.ts';

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
  const request = requestFor(release);
  const plan = await tools.compose.services(request);
  const { probe, onLine, onPoint, onProgress } = options;
  const failure = await startUntilHealthy(tools, {
    project: state.name,
    services: plan.size > 0 ? plan : namedServices(services),
    deadline,
    settleMs,
    ...(probe === undefined ? {} : { probe }),
    begin: async (limited) => {
      const replacing = { request, wanted: plan, onLine, onPoint, deadline, signal };
      await removeUnchosen(context, release, plan);
      await replaceSideBySide(tools, state.name, replacing);
      const before = await tools.runtime.containers(state.name);
      await tools.compose.start(request, onLine, limited);
      await refreshNginx(tools.runtime, state.name, before);
    },
    onLine,
    onProgress,
    signal,
  });
  if (failure !== undefined) throw unhealthyError(context, release, failure);
  return judge(plan, await tools.runtime.containers(state.name));
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
  failure: StartFailure,
): BundleError {
  return new BundleError('release-unhealthy', {
    operation: 'starting',
    subject: `${state.name} ${manifest.version}`,
    expected: `healthy services within ${options.timeoutMs / 1000} s`,
    found: failureText(failure),
    hint: 'Its logs are above.',
  });
}
