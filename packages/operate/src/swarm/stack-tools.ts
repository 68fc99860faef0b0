import { dirname } from 'node:path';
import type { Stack } from '@bundle/compose';
import type {
  ComposeLifecycle,
  ComposeRequest,
  ProjectContainer,
  Runtime,
  WantedService,
} from '@bundle/engine';
import type { Stacks, SwarmService } from '@bundle/engine/stacks';
import { BundleError } from '@bundle/format';
import {
  instanceOf,
  isStack,
  pinnedName,
  readInstance,
  readStackFile,
  runImages,
  type StagedRelease,
} from '@bundle/host';
import type { Tools } from '../up/types.ts';
import { makeStack } from './make-stack.ts';
import { swarmLimits } from './refuse-files.ts';
import { fullName, ownName } from './service-names.ts';
import { taskContainers } from './task-containers.ts';

/**
 * Makes tools for which an instance that runs as a stack is a project like any other: a start deploys the stack, its
 * tasks are the containers, and so on. Everything else is left to the tools given. `open` is called when a stack is
 * touched.
 */
export function withStacks(tools: Tools, stateDir: string, open: () => Promise<Stacks>): Tools {
  return new StackTools(tools, stateDir, open).tools();
}

class StackTools {
  readonly #tools: Tools;
  readonly #stateDir: string;
  readonly #open: () => Promise<Stacks>;
  #stacks: Promise<Stacks> | undefined;
  #imageIds: Promise<ReadonlyMap<string, string>> | undefined;

  constructor(tools: Tools, stateDir: string, open: () => Promise<Stacks>) {
    this.#tools = tools;
    this.#stateDir = stateDir;
    this.#open = open;
  }

  tools(): Tools {
    const isOne = (project: string) => this.#isStack(project);
    return { ...this.#tools, runtime: this.#runtime(), compose: this.#compose(), isStack: isOne };
  }

  #isStack(project: string | undefined): Promise<boolean> {
    return isStack(instanceOf(this.#stateDir, project ?? ''));
  }

  #openStacks(): Promise<Stacks> {
    this.#stacks ??= this.#open();
    return this.#stacks;
  }

  #runtime(): Runtime {
    const { runtime } = this.#tools;
    return {
      ...runtime,
      containers: async (project) =>
        (await this.#isStack(project)) ? this.#containers(project) : runtime.containers(project),
      // They are on the nodes, each with its own.
      volumes: async (project) => ((await this.#isStack(project)) ? [] : runtime.volumes(project)),
    };
  }

  #compose(): Tools['compose'] {
    const { compose } = this.#tools;
    const only: Pick<
      ComposeLifecycle,
      'start' | 'stop' | 'down' | 'logs' | 'services' | 'scaleUp'
    > = {
      start: async (request, onLine, signal) => {
        if (!(await this.#isStack(request.projectName)))
          return compose.start(request, onLine, signal);
        this.#imageIds = undefined;
        const { document, services } = await this.#make(request);
        const { projectName: stack = '' } = request;
        const stacks = await this.#openStacks();
        for (const service of otherModes(stack, await stacks.services(stack), services)) {
          onLine(`Removing ${service} first: Swarm cannot change its mode`);
          await stacks.removeService(service, signal);
        }
        await stacks.deploy(stack, document, onLine, signal);
      },
      down: async (request, options, onLine, signal) => {
        if (!(await this.#isStack(request.projectName)))
          return compose.down(request, options, onLine, signal);
        await (await this.#openStacks()).remove(request.projectName ?? '', onLine, signal);
      },
      stop: async (request, onLine, signal) => {
        if (await this.#isStack(request.projectName)) throw notInStacks();
        await compose.stop(request, onLine, signal);
      },
      scaleUp: async (request, ...rest) => {
        if (await this.#isStack(request.projectName)) throw notInStacks();
        await compose.scaleUp(request, ...rest);
      },
      logs: async (request, services, options, onLine, signal) => {
        if (!(await this.#isStack(request.projectName)))
          return compose.logs(request, services, options, onLine, signal);
        const stack = request.projectName ?? '';
        const stacks = await this.#openStacks();
        const there = (await stacks.services(stack)).map(({ name }) => name);
        const wanted = services.map((service) => fullName(stack, service));
        const chosen = services.length === 0 ? there : there.filter((one) => wanted.includes(one));
        await Promise.all(chosen.map((one) => stacks.logs(one, options, onLine, signal)));
      },
      services: async (request) =>
        (await this.#isStack(request.projectName))
          ? this.#services(request)
          : compose.services(request),
    };
    const up: Tools['compose']['up'] = async (request, ...rest) => {
      if (await this.#isStack(request.projectName)) throw notInStacks();
      await compose.up(request, ...rest);
    };
    return { ...compose, ...only, up };
  }

  async #containers(project: string): Promise<ProjectContainer[]> {
    const stacks = await this.#openStacks();
    this.#imageIds ??= this.#readImageIds(project);
    const [services, tasks, nodes, imageIds] = await Promise.all([
      stacks.services(project),
      stacks.tasks(project),
      stacks.nodes(),
      this.#imageIds,
    ]);
    return taskContainers({ stack: project, services, tasks, nodes, imageIds });
  }

  async #services(request: ComposeRequest): Promise<ReadonlyMap<string, WantedService>> {
    const { services } = await this.#make(request);
    const containers = await this.#containers(request.projectName ?? '');
    return new Map(
      [...services]
        .map(([name, { definition: hash, replicas }]): [string, WantedService] => {
          // A service with one task on each node has as many as there are nodes that suit it.
          const there = containers.filter(({ service }) => service === name).length;
          const count = replicas ?? Math.max(1, there);
          // Swarm itself starts again what may not end, and a deployment of the same starts nothing.
          return [name, { hash, replicas: count, startFirst: false, mayEnd: true }];
        })
        .filter(([, { replicas }]) => replicas > 0),
    );
  }

  async #make(request: ComposeRequest): Promise<Stack> {
    const release = await this.#releaseOf(request);
    const images = (await readStackFile(release.instance))?.get(release.name) ?? {};
    const stacks = await this.#openStacks();
    const node = await stacks.managerId();
    if (node === undefined) throw notManager();
    const limits = swarmLimits(await stacks.nodes());
    return makeStack(this.#tools.compose, release, request, { node, limits, images });
  }

  async #releaseOf({ files, projectName = '' }: ComposeRequest): Promise<StagedRelease> {
    const folder = dirname(files[0] ?? '');
    const { releases } = await readInstance(instanceOf(this.#stateDir, projectName));
    const found = releases.find((one) => one.folder === folder);
    if (found === undefined) throw new Error(`no release is in ${folder}`);
    return found;
  }

  async #readImageIds(project: string): Promise<ReadonlyMap<string, string>> {
    const instance = instanceOf(this.#stateDir, project);
    const known = await readStackFile(instance);
    const { releases } = await readInstance(instance);
    return new Map(
      releases.flatMap(({ name, manifest }) =>
        runImages(manifest).flatMap((image): [string, string][] => [
          [pinnedName(image), image.imageId],
          [known?.get(name)?.[image.reference] ?? pinnedName(image), image.imageId],
        ]),
      ),
    );
  }
}

/** Lists the services of a stack whose mode differs in the release: Swarm refuses such an update. */
export function otherModes(
  stack: string,
  there: readonly Pick<SwarmService, 'name' | 'mode'>[],
  wanted: Stack['services'],
): string[] {
  return there
    .filter(({ name, mode }) => (wanted.get(ownName(stack, name))?.mode ?? mode) !== mode)
    .map(({ name }) => name);
}

/** Makes the error for an engine that cannot deploy a stack. */
export function notManager(): BundleError {
  return new BundleError('engine-failed', {
    operation: 'looking for the swarm',
    expected: 'a manager of a swarm',
    found: 'an engine without a swarm, or a worker',
    hint: 'Run `docker swarm init`, or run the command on a manager (`docker node ls` shows them).',
  });
}

function notInStacks(): BundleError {
  return new BundleError('usage', {
    operation: 'working on the containers of a stack',
    expected: 'a command that stacks have',
    found: 'one for containers of this host',
    hint: 'Volumes of a stack are on its nodes: copy them there. Bring a new image with `bundle deploy swarm`.',
  });
}
