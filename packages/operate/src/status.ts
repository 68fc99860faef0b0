import type { ProjectContainer, WantedService } from '@bundle/engine';
import { BundleError, type BundleImage } from '@bundle/format';
import {
  type InstanceState,
  listInstances,
  type RebuiltService,
  readInstance,
  rebuiltServices,
  requestFor,
  runImages,
  type StagedRelease,
  stateDirOf,
  type WorkOptions,
} from '@bundle/host';
import { judge, namedServices, type Verdict } from './up/health.ts';
import { localImages } from './up/local-images.ts';
import { movedNames } from './up/moved-names.ts';
import { changedFiles } from './up/plan.ts';
import { foreignContainers } from './up/take-over.ts';
import type { Tools } from './up/types.ts';
import { isEngineGone } from './up/wait.ts';

export interface InstanceStatus {
  readonly name: string;
  readonly product: string;
  /**
   * `running`: all services are ready; `degraded`: some are not; `stopped`: there are no containers; `unknown`: no
   * engine.
   */
  readonly state: 'running' | 'degraded' | 'stopped' | 'unknown';
  /** Release that was started last, and its time. */
  readonly release: string | undefined;
  readonly version: string | undefined;
  readonly since: string | undefined;
  /** Work that was interrupted; the next `up` or `rollback` finishes it. */
  readonly interrupted: { readonly to: string; readonly step: string } | undefined;
  readonly services: readonly (Verdict & {
    readonly startedAt: string;
    readonly restarts: number;
  })[];
  /** Services that were rebuilt on this host, and whether they run the result. */
  readonly rebuilt: readonly { readonly service: string; readonly runs: boolean }[];
  /** Descriptions of changes made by hand since the start. */
  readonly changes: readonly string[];
  /** Where containers of that name come from that this state folder did not start. */
  readonly foreign: readonly Foreign[];
  /** Staged releases that were never started. */
  readonly waiting: readonly string[];
  /** Staged releases that did not become healthy at their last start. */
  readonly failed: readonly {
    readonly release: string;
    readonly at: string;
    readonly why: string;
  }[];
}

export interface Foreign {
  /** Folder of the Compose project. */
  readonly workingDir: string;
  /** State folder that it is in, if it is this application there. */
  readonly stateDir: string | undefined;
}

export interface HostStatus {
  readonly instances: readonly InstanceStatus[];
  /** Reason why the engine did not answer, if so. */
  readonly engineGone: BundleError | undefined;
}

/** Returns the status of the named instance, or of all instances in a state folder. */
export async function statusOf(
  tools: Tools,
  stateDir: string,
  name: string | undefined,
  options: WorkOptions,
): Promise<HostStatus> {
  const all = await listInstances(stateDir);
  const chosen = name === undefined ? all : all.filter((one) => one.name === name);
  const images = async () => {
    const states = await Promise.all(all.map(readInstance));
    return states.flatMap(({ releases }) => releases.flatMap(({ manifest }) => manifest.images));
  };
  let engineGone: BundleError | undefined;
  const containersOf = async (project: string) => {
    try {
      return await tools.runtime.containers(project);
    } catch (error) {
      if (!isEngineGone(error)) throw error;
      engineGone = error;
      return undefined;
    }
  };
  const instances = await Promise.all(
    chosen.map(async (one) => {
      const instance = await readInstance(one);
      return instanceStatus(tools, instance, await containersOf(one.name), images, options);
    }),
  );
  return { instances, engineGone };
}

/**
 * Returns the status of an instance. `all`: containers with its name; undefined if no engine answers. `images`: those of all releases on
 * this host.
 */
async function instanceStatus(
  tools: Tools,
  instance: InstanceState,
  all: readonly ProjectContainer[] | undefined,
  images: () => Promise<readonly BundleImage[]>,
  options: WorkOptions,
): Promise<InstanceStatus> {
  const { name, product, releases, journal } = instance;
  const running = releases.find((one) => one.name === journal?.running?.release);
  const ran = new Set(journal?.history.map(({ release }) => release));
  const pending = journal?.pending ?? undefined;
  const names = releases.map((one) => one.name);
  const failed = (journal?.failed ?? []).filter(({ release }) => names.includes(release));
  const common = {
    name,
    product,
    release: running?.name,
    version: running?.manifest.version,
    since: journal?.running?.since,
    interrupted: pending && { to: pending.to, step: pending.step },
    waiting: names.filter((one) => !ran.has(one) && !failed.some(({ release }) => release === one)),
    failed,
  };
  if (all === undefined)
    return { ...common, state: 'unknown', services: [], rebuilt: [], changes: [], foreign: [] };
  const others = await foreignContainers(instance, all);
  const containers = all.filter((one) => !others.includes(one));
  const { services, wanted, why } =
    running === undefined
      ? { services: [], wanted: undefined, why: undefined }
      : await projectOf(tools, running);
  const verdicts = judge(wanted ?? namedServices(services), containers);
  const rebuilt = running === undefined ? new Map() : await rebuiltServices(tools.engine, running);
  return {
    ...common,
    state: stateOf(verdicts, containers),
    foreign: [...new Set(others.map(({ workingDir }) => workingDir))].map((workingDir) => ({
      workingDir,
      stateDir: stateDirOf(workingDir, name),
    })),
    services: verdicts.map((one) => {
      const container = containers.find((candidate) => candidate.name === one.container);
      const startedAt = container?.startedAt ?? '';
      return { ...one, startedAt, restarts: container?.restartCount ?? 0 };
    }),
    rebuilt: [...rebuilt].map(([service, { imageId }]) => ({
      service,
      runs: containers.some((one) => one.service === service && one.imageId === imageId),
    })),
    changes: [
      ...(why === undefined ? [] : [why]),
      ...(running === undefined
        ? []
        : await changesOf(
            tools,
            running,
            { containers, services, wanted, rebuilt, images },
            options,
          )),
    ],
  };
}

function stateOf(
  verdicts: readonly Verdict[],
  containers: readonly ProjectContainer[],
): InstanceStatus['state'] {
  if (containers.length === 0) return 'stopped';
  return verdicts.length > 0 && verdicts.every(({ state }) => state === 'ready')
    ? 'running'
    : 'degraded';
}

/** Returns the services, and how Compose would create them, or the reason why it cannot read the project. */
async function projectOf({ compose }: Tools, release: StagedRelease) {
  try {
    const wanted = await compose.services(requestFor(release));
    return { services: [...wanted.keys()], wanted, why: undefined };
  } catch (error) {
    if (!(error instanceof BundleError) || error.code !== 'compose-invalid') throw error;
    const services = runImages(release.manifest).flatMap((image) => image.services);
    const why = `Compose does not accept the files in ${release.folder}: ${error.details.found}`;
    return { services, wanted: undefined, why };
  }
}

interface Seen {
  readonly containers: readonly ProjectContainer[];
  readonly services: readonly string[];
  readonly wanted: ReadonlyMap<string, WantedService> | undefined;
  readonly rebuilt: ReadonlyMap<string, RebuiltService>;
  readonly images: () => Promise<readonly BundleImage[]>;
}

async function changesOf(
  { engine }: Tools,
  running: StagedRelease,
  { containers, services, wanted, rebuilt, images }: Seen,
  options: WorkOptions,
): Promise<string[]> {
  const local = localImages(running.manifest, containers);
  const results = [...rebuilt.values()].flatMap((one) => [...one.earlier]);
  const known = new Set([...results, ...[...local.values()].map(({ imageId }) => imageId)]);
  const files = await changedFiles(running, options);
  return [
    ...[...local]
      .filter(([service, { imageId }]) => rebuilt.get(service)?.earlier.has(imageId) !== true)
      .map(
        ([service, { imageId }]) => `${service} runs another image than the release's: ${imageId}`,
      ),
    ...services
      .filter((service) => !containers.some((one) => one.service === service))
      .map((service) => `${service} has no container`),
    ...[...(wanted ?? [])].flatMap(([service, { replicas }]) => {
      const { length } = containers.filter((one) => one.service === service);
      const isSame = length === replicas || length === 0;
      return isSame ? [] : [`${service} has ${length} containers, and should have ${replicas}`];
    }),
    ...containers
      .filter(({ service }) => !services.includes(service))
      .map(
        ({ name, service }) => `${name} does not belong to any service of the release (${service})`,
      ),
    ...containers
      .filter(
        ({ service, configHash }) =>
          wanted?.has(service) && wanted.get(service)?.hash !== configHash && !local.has(service),
      )
      .map(
        ({ service }) =>
          `${service} was started with different settings or files than the current ones`,
      ),
    ...files.map((path) => `${path} in ${running.folder} differs from the bundle`),
    ...(await movedNames(engine, running, images, known)),
  ];
}
