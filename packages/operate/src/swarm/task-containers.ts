import { stackLabels } from '@bundle/compose';
import type { ContainerState, ProjectContainer } from '@bundle/engine';
import type { SwarmNode, SwarmService, SwarmTask } from '@bundle/engine/stacks';
import { ownName } from './service-names.ts';

/** Failed tasks of one slot that say that the next one fails as well: Swarm starts a new one every 5 s. */
const enoughFailures = 3;
/** A node that refuses a task, because it lacks the image, seldom changes its mind. */
const enoughRefusals = 2;

/** What Swarm says of a stack at one moment. */
export interface SeenStack {
  readonly stack: string;
  readonly services: readonly SwarmService[];
  readonly tasks: readonly SwarmTask[];
  readonly nodes: readonly SwarmNode[];
  /** Image IDs by the references that nodes know. */
  readonly imageIds: ReadonlyMap<string, string>;
}

/**
 * Describes the tasks that a stack should have now as containers, so that everything that judges the containers of a
 * Compose project judges a stack too. Past tasks only count as restarts.
 */
export function taskContainers(seen: SeenStack): ProjectContainer[] {
  return seen.services
    .flatMap((service) => serviceContainers(seen, service))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function serviceContainers(seen: SeenStack, service: SwarmService): ProjectContainer[] {
  const own = seen.tasks.filter(
    (task) => task.serviceId === service.id && isOfThisRun(service, task),
  );
  const tasks = newestOfEach(
    service,
    own.filter((task) => isWanted(service, task)),
  );
  const containers = tasks.map((task) => toContainer(seen, service, task, own));
  const failure = updateFailure(seen, service, own);
  // Said once, whatever the number of tasks.
  if (failure !== undefined && containers[0]?.failure === undefined) {
    containers.splice(0, 1, { ...(containers[0] ?? placeholder(seen, service, own, 0)), failure });
  }
  const lacking = (service.replicas ?? 1) - tasks.length;
  if (lacking <= 0) return containers;
  const places = new Set(tasks.map((task) => placeOf(service, task)));
  const others = own.filter((task) => !places.has(placeOf(service, task)));
  return [...containers, placeholder(seen, service, others, tasks.length)];
}

function isJob({ jobIteration }: SwarmService): boolean {
  return jobIteration !== undefined;
}

/** A job keeps the tasks of its earlier runs, and these have ended well. */
function isOfThisRun({ jobIteration }: SwarmService, task: SwarmTask): boolean {
  return jobIteration === undefined || jobIteration === task.jobIteration;
}

/** Tells whether a task runs, will run, or has done what it was for. */
function isWanted(service: SwarmService, { desired, state, labels }: SwarmTask): boolean {
  if (desired === 'running' || desired === 'ready') return true;
  if (isJob(service) && desired === 'complete') return true;
  const mayEnd = isJob(service) || (service.restart !== 'any' && isCurrent(service, labels));
  return mayEnd && state === 'complete' && desired !== 'remove';
}

/** Of two tasks in one slot, takes the one that began last: a new task starts before the old one ends. */
function newestOfEach(service: SwarmService, tasks: readonly SwarmTask[]): SwarmTask[] {
  const newest = new Map<string, SwarmTask>();
  for (const task of tasks) {
    const place = placeOf(service, task);
    const before = newest.get(place);
    if (before === undefined || before.created < task.created) newest.set(place, task);
  }
  return [...newest.values()];
}

/** Returns the slot of a task, or its node if each has one. The slots of a job begin with 0, which Swarm leaves out. */
function placeOf({ replicas }: SwarmService, { slot = 0, nodeId }: SwarmTask): string {
  return replicas === undefined ? nodeId : String(slot);
}

function isCurrent({ taskLabels }: SwarmService, labels: SwarmTask['labels']): boolean {
  return labels[stackLabels.hash] === taskLabels[stackLabels.hash];
}

/** Tells what a task was made of: a current one of its whole service, which has changed if anything of it has. */
function configHash(service: SwarmService, labels: SwarmTask['labels']): string {
  const label = isCurrent(service, labels)
    ? service.labels[stackLabels.definition]
    : labels[stackLabels.hash];
  return label ?? '';
}

function toContainer(
  seen: SeenStack,
  service: SwarmService,
  task: SwarmTask,
  all: readonly SwarmTask[],
): ProjectContainer {
  const place = placeOf(service, task);
  const past = failuresOf(service, all, place);
  const node = seen.nodes.find(({ id }) => id === task.nodeId);
  const isOld = !isCurrent(service, task.labels);
  const isLater = isOld || isUpdating(service);
  const found = containerState(service, task);
  const state = isLater ? 'created' : found;
  // A new task that cannot run says why, and Swarm waits for it.
  const why = isOld || found === 'running' ? undefined : waitingText(task, past, node);
  const waitsFor = why ?? (isLater ? 'waits for its update' : undefined);
  const isWell = state === 'running' || task.state === 'complete';
  const failure = isWell ? undefined : failureOf(seen, service, past);
  return {
    ...common(seen, service),
    id: task.id,
    name: `${service.name}.${service.replicas === undefined ? (node?.name ?? place) : place}`,
    configHash: configHash(service, task.labels),
    image: task.image,
    imageId: seen.imageIds.get(task.image) ?? task.image,
    state,
    ...(state === 'running' && service.hasHealthCheck ? { health: 'healthy' } : {}),
    ...(failure === undefined ? {} : { failure }),
    ...(waitsFor === undefined ? {} : { waitsFor }),
    exitCode: task.exitCode ?? 0,
    restartCount: past.length,
    startedAt: task.changed,
    published: service.published.map((port) => ({ address: '', ...port })),
  };
}

/** Stands for tasks that Swarm has not made yet, or stopped to make. */
function placeholder(
  seen: SeenStack,
  service: SwarmService,
  all: readonly SwarmTask[],
  there: number,
): ProjectContainer {
  const past = failuresOf(service, all);
  const failure = failureOf(seen, service, past);
  return {
    ...common(seen, service),
    id: service.id,
    name: service.name,
    configHash: configHash(service, service.taskLabels),
    image: service.image,
    imageId: seen.imageIds.get(service.image) ?? service.image,
    state: 'created',
    ...(failure === undefined ? {} : { failure }),
    waitsFor:
      service.replicas === undefined
        ? 'no task on any node'
        : `${there} of ${service.replicas} tasks`,
    exitCode: 0,
    restartCount: past.length,
    startedAt: service.updated,
    published: [],
  };
}

function common({ stack }: SeenStack, service: SwarmService) {
  const { name, labels, restart } = service;
  // Swarm restarts no job that has ended well.
  const isKept = restart === 'any' && !isJob(service);
  return {
    service: ownName(stack, name),
    workingDir: labels[stackLabels.folder] ?? '',
    command: [],
    restartPolicy: isKept ? 'always' : restart === 'none' ? 'no' : 'on-failure',
    networks: [],
  };
}

/** Finds the tasks of the current release that failed since the service was last changed, oldest first. */
function failuresOf(
  service: SwarmService,
  all: readonly SwarmTask[],
  place?: string,
): readonly SwarmTask[] {
  return all
    .filter(
      (task) =>
        (place === undefined || placeOf(service, task) === place || task.nodeId === '') &&
        ['failed', 'rejected'].includes(task.state) &&
        (isJob(service) || task.created >= service.updated) &&
        isCurrent(service, task.labels),
    )
    .sort((a, b) => (a.created < b.created ? -1 : 1));
}

function failureOf(
  seen: SeenStack,
  service: SwarmService,
  past: readonly SwarmTask[],
): string | undefined {
  const last = past.at(-1);
  const isRefused = past.filter(({ state }) => state === 'rejected').length >= enoughRefusals;
  // After these it makes no further task.
  const attempts = service.maxAttempts === 0 ? enoughFailures : service.maxAttempts + 1;
  if (last !== undefined && (isRefused || past.length >= Math.min(attempts, enoughFailures))) {
    const error = errorOf(seen, last);
    if (last.state === 'rejected' && error.startsWith('No such image'))
      return `${error}; import the bundle on that node, or deploy with --registry`;
    const code = last.exitCode === undefined ? '' : `, last exit code ${last.exitCode}`;
    return `failed ${past.length} times${code}${error === '' ? '' : `: ${error}`}`;
  }
  if (last === undefined || service.restart !== 'none') return undefined;
  return `failed: ${errorOf(seen, last)}`;
}

/** Returns the error of a task with its node, which may be the only one that lacks an image. */
function errorOf({ nodes }: SeenStack, { error, nodeId }: SwarmTask): string {
  const node = nodes.find(({ id }) => id === nodeId);
  return error === '' || node === undefined ? error : `${error} (${node.name})`;
}

/** Returns why Swarm ended an update by itself; undefined if it did not. */
function updateFailure(
  seen: SeenStack,
  service: SwarmService,
  all: readonly SwarmTask[],
): string | undefined {
  const { state, message } = service.update ?? { state: '', message: '' };
  const isPaused = state === 'paused';
  if (!isPaused && !state.startsWith('rollback')) return undefined;
  const failed = all
    .filter((task) => task.error !== '' && isCurrent(service, task.labels))
    .sort((a, b) => (a.created < b.created ? -1 : 1));
  const last = failed.at(-1);
  const why = last === undefined ? message : errorOf(seen, last);
  return isPaused ? `its update failed: ${why}` : `Swarm rolled back its update: ${why}`;
}

function isUpdating({ update }: SwarmService): boolean {
  return update?.state === 'updating';
}

function waitingText(
  { state, error }: SwarmTask,
  past: readonly SwarmTask[],
  node: SwarmNode | undefined,
): string | undefined {
  const reason = error || past.at(-1)?.error;
  const where = node === undefined ? state : `${state} on ${node.name}`;
  return reason ? `${where}: ${reason}` : where;
}

/** Swarm calls a task running only once its health check has passed. A job that runs has yet to end well. */
function containerState(service: SwarmService, { state }: SwarmTask): ContainerState {
  if (state === 'running' && !isJob(service)) return 'running';
  return state === 'complete' || state === 'failed' ? 'exited' : 'created';
}
