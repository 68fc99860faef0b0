import type { ProjectContainer, WantedService } from '@bundle/engine';

/** State of a container; `failed` will not improve by waiting. */
export interface Verdict {
  readonly service: string;
  readonly container: string;
  readonly state: 'ready' | 'waiting' | 'failed';
  /** Short explanation. */
  readonly why: string;
}

/** Number of restarts after which a container counts as failed. */
const maxRestarts = 3;

/** Services that are to run, by name, and whether each may end. */
export type Services = ReadonlyMap<string, Pick<WantedService, 'mayEnd'>>;

/** Returns services of which only the names are known. */
export function namedServices(names: readonly string[]): Services {
  return new Map(names.map((name) => [name, { mayEnd: undefined }]));
}

/** Returns one verdict for each container, and one for each service without a container. */
export function judge(services: Services, containers: readonly ProjectContainer[]): Verdict[] {
  const missing = [...services.keys()]
    .filter((service) => !containers.some((one) => one.service === service))
    .map((service) => verdict(service, service, 'waiting', 'has no container'));
  const judged = containers.flatMap((one) => {
    const service = services.get(one.service);
    return service === undefined ? [] : [judgeOne(one, service.mayEnd)];
  });
  return [...judged, ...missing];
}

/**
 * Lists the containers that have ended although nothing says that they may. A server that was stopped ends with exit
 * code 0 as a job does, so only another start tells whether something is left to do.
 */
export function endedOf(
  services: Services,
  containers: readonly ProjectContainer[],
): ProjectContainer[] {
  return containers.filter(
    ({ service, state }) =>
      state === 'exited' && services.has(service) && services.get(service)?.mayEnd !== true,
  );
}

function judgeOne(container: ProjectContainer, mayEnd: boolean | undefined): Verdict {
  const { service, name, state, health, exitCode, restartCount, restartPolicy } = container;
  const { failure, waitsFor } = container;
  const is = (kind: Verdict['state'], why: string): Verdict => verdict(service, name, kind, why);
  if (failure !== undefined) return is('failed', failure);
  const isKept = restartPolicy === 'always' || restartPolicy === 'unless-stopped';
  const willRestart = isKept || (restartPolicy === 'on-failure' && exitCode !== 0);
  // One that needed several attempts is done too. What has a health check or publishes ports is a server: it ends with 0
  // when it is stopped.
  const isDone = mayEnd ?? health === undefined;
  if (state === 'exited' && exitCode === 0 && !isKept && isDone) return is('ready', 'done');
  if (restartCount >= maxRestarts && state !== 'running') {
    return is('failed', `was restarted ${restartCount} times, last exit code ${exitCode}`);
  }
  switch (state) {
    case 'running':
      if (health === 'unhealthy')
        return is(couldNotCheck(container) ? 'waiting' : 'failed', unhealthyWhy(container));
      if (health === 'starting') return is('waiting', 'its health check has not passed yet');
      return is('ready', health === 'healthy' ? 'healthy' : 'running');
    case 'exited':
      return is(willRestart ? 'waiting' : 'failed', `ended with exit code ${exitCode}`);
    case 'dead':
      return is('failed', 'is dead');
    default:
      return is('waiting', waitsFor ?? state);
  }
}

/**
 * Tells whether the engine could not run the last check, because its own containerd was gone. It goes on checking, so the
 * container may well be healthy. A check that itself finds a connection refused has an exit code of its own.
 */
function couldNotCheck({ healthExitCode, healthOutput = '' }: ProjectContainer): boolean {
  return healthExitCode === -1 && /containerd|ttrpc|error while dialing/i.test(healthOutput);
}

function unhealthyWhy({ healthOutput }: ProjectContainer): string {
  const words = healthOutput?.trim().split('\n')[0]?.slice(0, 200);
  return words ? `is unhealthy: ${words}` : 'is unhealthy';
}

function verdict(
  service: string,
  container: string,
  state: Verdict['state'],
  why: string,
): Verdict {
  return { service, container, state, why };
}

/** Returns what must not change while the release settles: which containers run, and since when. */
export function heartbeat(containers: readonly ProjectContainer[]): string {
  return containers
    .map(({ id, restartCount, startedAt }) => `${id} ${restartCount} ${startedAt}`)
    .sort()
    .join('\n');
}
