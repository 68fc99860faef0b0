import { setTimeout as sleep } from 'node:timers/promises';
import type { ComposeRequest, ProjectContainer, Runtime, WantedService } from '@bundle/engine';
import { BundleError } from '@bundle/format';
import { drainNginx, findNginx, type Nginx, reloadNginx } from '../nginx/nginx.ts';
import { judge } from './health.ts';
import { resolveProject } from './resolve-project.ts';
import { hostsLines, whyNotTwice } from './run-twice.ts';
import type { Tools } from './types.ts';

const pollMs = 200;

export interface Replacing {
  readonly request: ComposeRequest;
  readonly wanted: ReadonlyMap<string, WantedService>;
  readonly onLine: (line: string) => void;
  /** `performance.now()` after which it is given up. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  /** Told where it is; only tests listen. */
  readonly onPoint: (point: string) => Promise<void>;
}

/**
 * Replaces services whose Compose file says `deploy.update_config.order: start-first`: the new container starts beside
 * the old one; once it is healthy nginx is led to it; then the old one stops. Going back is the same the other way
 * round, and the old container is still there until then. What cannot run twice is left to Compose.
 */
export async function replaceSideBySide(
  tools: Tools,
  project: string,
  replacing: Replacing,
): Promise<void> {
  const { request, wanted, onLine } = replacing;
  for (const [service, { hash, replicas, startFirst }] of wanted) {
    if (!startFirst) continue;
    const own = (await tools.runtime.containers(project)).filter((one) => one.service === service);
    const old = own.filter(({ configHash }) => configHash !== hash);
    if (!old.some(({ state }) => state === 'running')) continue;
    const resolved = await resolveProject(tools.compose, request);
    const why = whyNotTwice(resolved, service, replicas, own);
    if (why === undefined) await replaceOne(tools, project, service, old, replacing);
    else onLine(`${service} cannot run twice for a moment, since ${why}`);
  }
}

async function replaceOne(
  { runtime, compose }: Tools,
  project: string,
  service: string,
  old: readonly ProjectContainer[],
  { request, wanted, onLine, deadline, signal, onPoint }: Replacing,
): Promise<void> {
  const hash = wanted.get(service)?.hash;
  const ownNow = async (): Promise<ProjectContainer | undefined> =>
    (await runtime.containers(project)).find(
      (one) => one.service === service && one.configHash === hash,
    );
  await onPoint('beside:begin');
  // One that a killed run made may not have been started.
  if ((await ownNow())?.state !== 'running')
    await compose.scaleUp(request, service, old.length + 1, onLine, signal);
  const next = await whenReady(service, ownNow, deadline, signal);
  await onPoint('beside:ready');
  for (const proxy of await proxiesOf(runtime, project)) {
    const lines = hostsLines(proxy.container, next);
    if (lines.length > 0 && (await reloadNginx(runtime, proxy, lines)))
      await drainNginx(runtime, proxy);
  }
  await onPoint('beside:led');
  onLine(`${service}: new container is up; stopping the old one`);
  for (const { id } of old) await runtime.removeContainer(id);
  await onPoint('beside:removed');
  for (const proxy of await proxiesOf(runtime, project)) await reloadNginx(runtime, proxy);
  await onPoint('beside:end');
}

/** Fails with `start-failed` when it does not become healthy in time. */
async function whenReady(
  service: string,
  find: () => Promise<ProjectContainer | undefined>,
  deadline: number,
  signal: AbortSignal,
): Promise<ProjectContainer> {
  for (;;) {
    const container = await find();
    const [verdict] = judge([service], container === undefined ? [] : [container]);
    if (container !== undefined && verdict?.state === 'ready') return container;
    if (verdict?.state === 'failed' || performance.now() > deadline) {
      throw new BundleError('start-failed', {
        operation: 'starting beside what runs',
        subject: service,
        expected: 'a healthy container',
        found: `${verdict?.container} ${verdict?.why}`,
        hint: 'See `docker compose logs`.',
      });
    }
    await sleep(pollMs, undefined, { signal });
  }
}

async function proxiesOf(runtime: Runtime, project: string): Promise<Nginx[]> {
  const containers = await runtime.containers(project);
  const found = await Promise.all(containers.map((one) => findNginx(runtime, one)));
  return found.filter((one) => one !== undefined);
}

/**
 * An nginx that goes on over a start keeps the addresses that it looked up; new containers may have others. One
 * that a killed run had led to a container finds its addresses by DNS again.
 */
export async function refreshNginx(
  runtime: Runtime,
  project: string,
  before: readonly ProjectContainer[],
): Promise<void> {
  const after = await runtime.containers(project);
  const known = new Set(before.map(({ id }) => id));
  const isSame = after.every(({ id }) => known.has(id));
  for (const proxy of await proxiesOf(runtime, project)) {
    if (known.has(proxy.container.id) && (!isSame || proxy.isLed))
      await reloadNginx(runtime, proxy);
  }
}
