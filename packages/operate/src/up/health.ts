import type { ProjectContainer } from '@bundle/engine';

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

/** Returns one verdict for each container, and one for each service without a container. */
export function judge(
  services: readonly string[],
  containers: readonly ProjectContainer[],
): Verdict[] {
  const missing = services
    .filter((service) => !containers.some((one) => one.service === service))
    .map((service) => verdict(service, service, 'waiting', 'has no container'));
  return [
    ...containers.filter(({ service }) => services.includes(service)).map(judgeOne),
    ...missing,
  ];
}

function judgeOne(container: ProjectContainer): Verdict {
  const { service, name, state, health, exitCode, restartCount, restartPolicy } = container;
  const { failure, waitsFor } = container;
  const is = (kind: Verdict['state'], why: string): Verdict => verdict(service, name, kind, why);
  if (failure !== undefined) return is('failed', failure);
  const mayRestart = restartPolicy !== 'no';
  const isKept = restartPolicy === 'always' || restartPolicy === 'unless-stopped';
  // One that needed several attempts is done too.
  if (state === 'exited' && exitCode === 0 && !isKept) return is('ready', 'done');
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
      return is(mayRestart ? 'waiting' : 'failed', `ended with exit code ${exitCode}`);
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
