import { setTimeout as sleep } from 'node:timers/promises';
import type { ComposeRequest, ProjectContainer, Runtime, WantedService } from '@bundle/engine';
import { BundleError } from '@bundle/format';
import { drainNginx, findNginx, type Nginx, reloadNginx } from '../nginx/nginx.ts';
import { judge, type Services } from './health.ts';
import { resolveProject } from './resolve-project.ts';
import { hostsLines, whyNotTwice } from './run-twice.ts';
import type { Tools } from './types.ts';

const pollMs = 200;

export interface Replacing {
  readonly request: ComposeRequest;
  readonly wanted: ReadonlyMap<string, WantedService>;
  readonly onLine: (line: string) => void;
  /** Deadline by `performance.now()`. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  /** Called at each point; only tests use it. */
  readonly onPoint: (point: string) => Promise<void>;
}

/**
 * Replaces services whose Compose file says `deploy.update_config.order: start-first`: the new container starts beside
 * the old one; once it is healthy, nginx is switched over to it; then the old one stops. A rollback does the same in
 * the other direction, and until then the old container is still there. Services that cannot run twice are left to
 * Compose.
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
    else onLine(`${service} cannot briefly run twice: ${why}`);
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
  // A killed run may have created the container without starting it.
  if ((await ownNow())?.state !== 'running')
    await compose.scaleUp(request, service, old.length + 1, onLine, signal);
  const next = await whenReady(service, wanted, ownNow, deadline, signal);
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

/** Waits for a service to become healthy; fails with `start-failed` if it does not in time. */
async function whenReady(
  service: string,
  wanted: Services,
  find: () => Promise<ProjectContainer | undefined>,
  deadline: number,
  signal: AbortSignal,
): Promise<ProjectContainer> {
  for (;;) {
    const container = await find();
    const one = new Map([...wanted].filter(([name]) => name === service));
    const [verdict] = judge(one, container === undefined ? [] : [container]);
    if (container !== undefined && verdict?.state === 'ready') return container;
    if (verdict?.state === 'failed' || performance.now() > deadline) {
      throw new BundleError('start-failed', {
        operation: 'starting beside the old container',
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
 * Makes an nginx that kept running during a start resolve addresses again, because new containers may have others. If a
 * killed run had switched it over to a container, it returns to DNS.
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
