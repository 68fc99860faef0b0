import { type Fields, fieldsOf, isEmpty, listOf, pick } from './documents.ts';

/** The `deploy` section of a stack, and the fields of it without an equivalent. */
export interface StackDeploy {
  readonly deploy: Fields;
  readonly dropped: readonly string[];
}

const kept = [
  'mode',
  'endpoint_mode',
  'labels',
  'update_config',
  'rollback_config',
  'placement',
] as const;

/**
 * Makes the `deploy` section of a service: its own, with what Compose says outside of it (`scale`, `restart`, `cpus`,
 * `mem_limit`). Without a policy a service is restarted after a failure, and not after it has ended well.
 */
export function stackDeploy(service: Fields): StackDeploy {
  const deploy = fieldsOf(service['deploy']);
  const refused = refusedOf(deploy);
  const resources = fieldsOf(deploy['resources']);
  const { limits, reservations } = limitsOf(service, resources);
  const replicas = refused.has('replicas') ? undefined : (deploy['replicas'] ?? service['scale']);
  const all = {
    ...(isEmpty(limits) ? {} : { limits }),
    ...(isEmpty(reservations) ? {} : { reservations }),
  };
  const policy = fieldsOf(deploy['restart_policy']);
  return {
    deploy: {
      ...pick(
        deploy,
        kept.filter((name) => !refused.has(name)),
      ),
      ...(replicas === undefined || replicas === null ? {} : { replicas }),
      ...(isEmpty(all) ? {} : { resources: all }),
      restart_policy: isEmpty(policy) ? restartPolicy(service['restart']) : policy,
    },
    dropped: [
      ...(listOf(fieldsOf(resources['reservations'])['devices']).length > 0
        ? ['deploy.resources.reservations.devices']
        : []),
      ...[...refused].filter((name) => !isEmpty(deploy[name])).map((name) => `deploy.${name}`),
    ],
  };
}

/**
 * Returns what Swarm refuses beside the mode: the number of tasks that each node has one of, and the update of a job,
 * which runs again instead (swarmkit, controlapi/service.go).
 */
function refusedOf({ mode }: Fields): ReadonlySet<string> {
  return new Set([
    ...(mode === 'global' || mode === 'global-job' ? ['replicas'] : []),
    ...(mode === 'replicated-job' || mode === 'global-job'
      ? ['update_config', 'rollback_config']
      : []),
  ]);
}

function limitsOf(service: Fields, resources: Fields) {
  const own = pick(fieldsOf(resources['limits']), ['cpus', 'memory', 'pids']);
  const reserved = pick(fieldsOf(resources['reservations']), [
    'cpus',
    'memory',
    'generic_resources',
  ]);
  const outside = {
    ...renamed(service, { cpus: 'cpus', mem_limit: 'memory', pids_limit: 'pids' }),
    ...own,
  };
  const soft = { ...renamed(service, { mem_reservation: 'memory' }), ...reserved };
  return { limits: asText(outside), reservations: asText(soft) };
}

function renamed(service: Fields, names: Readonly<Record<string, string>>): Fields {
  return Object.fromEntries(
    Object.entries(names).flatMap(([from, to]) => {
      const value = service[from];
      return isEmpty(value) || value === 0 ? [] : [[to, value]];
    }),
  );
}

/** The schema of stacks wants numbers of processors and bytes as text, and Compose writes some as numbers. */
function asText(limits: Fields): Fields {
  return Object.fromEntries(
    Object.entries(limits).map(([name, value]) => [
      name,
      name === 'pids' || typeof value !== 'number' ? value : String(value),
    ]),
  );
}

/** Converts `restart`; a service without it may be a job, which has to stay ended. */
function restartPolicy(restart: unknown): Fields {
  if (restart === 'always' || restart === 'unless-stopped') return { condition: 'any' };
  if (restart === 'no') return { condition: 'none' };
  const [, attempts] = /^on-failure:(\d+)$/.exec(String(restart ?? '')) ?? [];
  return {
    condition: 'on-failure',
    ...(attempts === undefined ? {} : { max_attempts: Number(attempts) }),
  };
}
