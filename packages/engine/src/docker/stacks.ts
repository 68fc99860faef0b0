import { setTimeout as sleep } from 'node:timers/promises';
import { BundleError, type Environment, type ErrorCode, reasonOf } from '@bundle/format';
import { ExecaError, execa } from 'execa';
import type { z } from 'zod';
import { type DockerEndpoint, endpointVariables } from '../endpoint.ts';
import type { Stacks, SwarmService, SwarmTask } from '../stack-types.ts';
import { refusesIpv6Names, releaseOf } from './api.ts';
import { connect, parse } from './client.ts';
import { engineError } from './failures.ts';
import {
  fileListSchema,
  nodeListSchema,
  serviceListSchema,
  swarmInfoSchema,
  taskListSchema,
} from './stack-api.ts';

/** Label that docker sets on what a stack consists of. */
const namespace = 'com.docker.stack.namespace';
/** After a stack is removed, its tasks stop within their grace period, 10 s unless the file says otherwise. */
const removalMs = 120_000;
const pollMs = 300;

/** Opens the stacks of a swarm through a manager. Changes go through the docker command, which knows the files. */
export async function createStacks(endpoint: DockerEndpoint, env: Environment): Promise<Stacks> {
  const { host } = endpoint;
  const docker = await connect(endpoint);
  const read = async <T>(request: Promise<unknown>, schema: z.ZodType<T>) => {
    try {
      return parse(schema, await request);
    } catch (error) {
      throw engineError(error, 'reading the swarm of', host, 'engine-failed');
    }
  };
  const filtersOf = (stack: string) => ({ label: [`${namespace}=${stack}`] });
  const filters = (stack: string) => JSON.stringify(filtersOf(stack));
  const options = {
    env: { ...env, ...endpointVariables(endpoint) },
    extendEnv: false,
    all: true,
    cwd: '/',
  } as const;

  const run = async (
    args: readonly string[],
    onLine: (line: string) => void,
    signal: AbortSignal,
    { operation, code }: { readonly operation: string; readonly code: ErrorCode },
    input = '',
  ): Promise<void> => {
    const child = execa('docker', args, { ...options, input, cancelSignal: signal });
    try {
      for await (const line of child.iterable({ from: 'all' })) onLine(line);
      await child;
    } catch (error) {
      if (signal.aborted) throw new BundleError('interrupted', { operation });
      throw commandError(error, operation, code);
    }
  };

  const services = async (stack: string): Promise<SwarmService[]> => {
    const request = docker.listServices({ filters: filters(stack) });
    return (await read(request, serviceListSchema)).map(toService);
  };
  const tasks = async (stack: string): Promise<SwarmTask[]> => {
    const request = docker.listTasks({ filters: filters(stack) });
    return (await read(request, taskListSchema)).map(toTask);
  };

  return {
    async managerId() {
      const { Swarm } = await read(docker.info(), swarmInfoSchema);
      const isManager = Swarm?.LocalNodeState === 'active' && Swarm.ControlAvailable === true;
      return isManager ? (Swarm.NodeID ?? undefined) : undefined;
    },
    async nodes() {
      const found = await read(docker.listNodes(), nodeListSchema);
      return found.map(({ ID, Description, ManagerStatus, Spec, Status }) => ({
        id: ID,
        name: Description?.Hostname ?? ID,
        isManager: ManagerStatus != null,
        version: Description?.Engine?.EngineVersion ?? undefined,
        refusesIpv6Names: refusesIpv6Names(Description?.Engine?.EngineVersion ?? ''),
        state: Status?.State ?? 'unknown',
        availability: Spec?.Availability ?? 'active',
      }));
    },
    async files(kind) {
      const request = kind === 'configs' ? docker.listConfigs() : docker.listSecrets();
      const found = await read(request, fileListSchema);
      return new Set(found.map(({ Spec }) => Spec.Name));
    },
    services,
    tasks,
    async deploy(stack, document, onLine, signal) {
      // The nodes have no way to Docker Hub: the references are digests, or names that the nodes have.
      const flags = ['--prune', '--resolve-image', 'never', '--with-registry-auth'];
      const args = ['stack', 'deploy', ...flags, '--compose-file', '-', stack];
      const failure = { operation: 'deploying the stack', code: 'start-failed' } as const;
      const own = (line: string): void => {
        if (!/^(Since --detach=|In a future release, --detach=)/.test(line)) onLine(line);
      };
      const lines: string[] = [];
      await run(['--version'], (line) => lines.push(line), signal, failure);
      await run(args, own, signal, failure, JSON.stringify(stackFile(document, lines.join())));
    },
    async removeService(service, signal) {
      const failure = {
        operation: 'removing a service of the stack',
        code: 'start-failed',
      } as const;
      await run(['service', 'rm', service], () => undefined, signal, failure);
    },
    async remove(stack, onLine, signal) {
      const failure = { operation: 'removing the stack', code: 'engine-failed' } as const;
      const labelled = filtersOf(stack);
      const isThere = async () => {
        const networks = await docker.listNetworks({ filters: labelled });
        // Of those on other nodes a manager knows nothing after their tasks are gone.
        const containers = await docker.listContainers({ all: true, filters: labelled });
        return networks.length + containers.length > 0;
      };
      if ((await services(stack)).length === 0 && !(await isThere())) return;
      await run(['stack', 'rm', stack], onLine, signal, failure);
      const deadline = performance.now() + removalMs;
      // A new stack of this name could not use a network that is being removed.
      while ((await tasks(stack)).length > 0 || (await isThere())) {
        if (performance.now() > deadline) {
          throw new BundleError('engine-failed', {
            ...failure,
            subject: stack,
            expected: `no tasks and networks after ${removalMs / 1000} s`,
            found: 'some that stay, as those of a node that is down do',
            hint: 'See `docker stack ps` and `docker node ls`, then run the command again.',
          });
        }
        await sleep(pollMs, undefined, { signal });
      }
    },
    async logs(service, { tail, follow, since }, onLine, signal) {
      const flags = [
        ...(tail === undefined ? [] : ['--tail', String(tail)]),
        ...(since === undefined ? [] : ['--since', since]),
        ...(follow === true ? ['--follow'] : []),
      ];
      const failure = { operation: 'reading the logs', code: 'engine-failed' } as const;
      await run(['service', 'logs', ...flags, service], onLine, signal, failure);
    },
  };
}

/** The first release whose docker command takes a stack without a `version`. */
const unversionedRelease = 23;

/** Returns the document as this docker command takes it; `said`: what `docker --version` prints. */
export function stackFile(document: object, said: string): object {
  const [, version = ''] = /version ([^\s,]+)/.exec(said) ?? [];
  const [release = unversionedRelease] = releaseOf(version) ?? [];
  // The newest that 20.10 knows. A newer command would refuse what came after it.
  return release < unversionedRelease ? { version: '3.9', ...document } : document;
}

function commandError(error: unknown, operation: string, code: ErrorCode): BundleError {
  const isMissing = error instanceof ExecaError && error.code === 'ENOENT';
  const words = error instanceof ExecaError ? (error.all ?? error.shortMessage) : reasonOf(error);
  return new BundleError(code, {
    operation,
    expected: 'a docker command that succeeds',
    found: isMissing ? 'no docker command' : String(words).trim().split('\n').slice(-15).join('\n'),
    hint: isMissing
      ? 'Install the docker command (package docker-cli or docker.io) on this manager.'
      : 'See the engine’s own log for more.',
    cause: error,
  });
}

type ApiService = z.output<typeof serviceListSchema>[number];
type ApiTask = z.output<typeof taskListSchema>[number];

function toService({
  ID,
  UpdatedAt,
  Spec,
  JobStatus,
  Endpoint,
  UpdateStatus,
}: ApiService): SwarmService {
  const { ContainerSpec, RestartPolicy } = Spec.TaskTemplate;
  const test = ContainerSpec?.Healthcheck?.Test ?? [];
  const state = UpdateStatus?.State;
  return {
    id: ID,
    name: Spec.Name,
    labels: Spec.Labels ?? {},
    taskLabels: ContainerSpec?.Labels ?? {},
    image: ContainerSpec?.Image ?? '',
    mode: modeOf(Spec.Mode),
    replicas: replicasOf(Spec.Mode),
    ...(isJob(Spec.Mode) ? { jobIteration: JobStatus?.JobIteration?.Index ?? 0 } : {}),
    hasHealthCheck: test.length > 0 && test[0] !== 'NONE',
    restart: RestartPolicy?.Condition ?? 'any',
    maxAttempts: RestartPolicy?.MaxAttempts ?? 0,
    ...(state ? { update: { state, message: UpdateStatus?.Message ?? '' } } : {}),
    updated: UpdatedAt,
    published: (Endpoint?.Ports ?? []).flatMap(({ PublishedPort, TargetPort, Protocol }) =>
      PublishedPort ? [{ port: PublishedPort, target: TargetPort, protocol: Protocol }] : [],
    ),
  };
}

/** Returns the number of tasks; of a job, how many have to end well. */
function replicasOf(mode: ApiService['Spec']['Mode']): number | undefined {
  if (mode?.Replicated) return mode.Replicated.Replicas ?? 1;
  if (mode?.ReplicatedJob) return mode.ReplicatedJob.TotalCompletions ?? 1;
  return undefined;
}

function modeOf(mode: ApiService['Spec']['Mode']): string {
  if (mode?.Global) return 'global';
  if (mode?.GlobalJob) return 'global-job';
  return mode?.ReplicatedJob ? 'replicated-job' : 'replicated';
}

function isJob(mode: ApiService['Spec']['Mode']): boolean {
  return Boolean(mode?.ReplicatedJob ?? mode?.GlobalJob);
}

function toTask({
  ID,
  ServiceID,
  Slot,
  NodeID,
  CreatedAt,
  DesiredState,
  JobIteration,
  Spec,
  Status,
}: ApiTask): SwarmTask {
  return {
    id: ID,
    serviceId: ServiceID,
    slot: Slot ?? undefined,
    nodeId: NodeID ?? '',
    state: Status.State,
    desired: DesiredState,
    jobIteration: JobIteration?.Index ?? 0,
    created: CreatedAt,
    changed: Status.Timestamp ?? CreatedAt,
    image: Spec.ContainerSpec?.Image ?? '',
    labels: Spec.ContainerSpec?.Labels ?? {},
    error: Status.Err ?? '',
    exitCode: Status.ContainerStatus?.ExitCode ?? undefined,
    containerId: Status.ContainerStatus?.ContainerID ?? '',
  };
}
