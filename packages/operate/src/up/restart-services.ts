import { join } from 'node:path';
import { BundleError, type OnProgress, paths } from '@bundle/format';
import type { Release } from '@bundle/host';
import { showLogs } from './show-logs.ts';
import { refreshNginx } from './side-by-side.ts';
import type { Tools } from './types.ts';
import { waitHealthy } from './wait.ts';

/** One that ends at once is seen to. */
const settleMs = 1_000;

export interface StartServicesOptions {
  readonly timeoutMs: number;
  /** What to do when they do not get healthy. */
  readonly hint: string;
  readonly onLine: (line: string) => void;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/**
 * Starts these services of a release again, with the images that their names have now, and waits until they are healthy;
 * the others go on as they are. Fails with `start-failed`, and then leaves what was started.
 */
export async function startServices(
  tools: Pick<Tools, 'compose' | 'runtime'>,
  { instance, folder }: Release,
  services: readonly string[],
  { timeoutMs, hint, onLine, onProgress, signal }: StartServicesOptions,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  const project = instance.name;
  const files = [paths.compose, paths.composeOffline].map((name) => join(folder, name));
  const before = await tools.runtime.containers(project);
  await tools.compose.up({ files, profiles: [], projectName: project }, services, onLine, signal);
  await refreshNginx(tools.runtime, project, before);
  const wait = { project, services, deadline, settleMs, onProgress, signal };
  const unhealthy = await waitHealthy(tools.runtime, wait);
  if (unhealthy.length === 0) return;
  await showLogs(tools, project, unhealthy, onLine, signal);
  throw new BundleError('start-failed', {
    operation: 'starting',
    subject: services.join(', '),
    expected: `healthy services within ${timeoutMs / 1000} s`,
    found: unhealthy.map(({ service, why }) => `${service}: ${why}`).join('\n'),
    hint,
  });
}
