import type { ComposeLifecycle, ComposeRequest, ComposeTool, WantedService } from '@bundle/engine';
import { BundleError } from '@bundle/format';
import { type MemoryProject, type MemoryService, readProject } from './project.ts';
import { labels, type MemoryContainer, type MemoryWorld, without } from './world.ts';

/** Provides the Compose plugin for an engine in memory; its containers behave as defined in the world. */
export function memoryCompose(world: MemoryWorld): ComposeTool & ComposeLifecycle {
  const containersOf = (project = ''): MemoryContainer[] =>
    Object.values(world.data.containers)
      .filter((one) => one.project === project)
      .sort((a, b) => (a.name < b.name ? -1 : 1));

  const put = (what: string, container: MemoryContainer): Promise<void> =>
    world.change(`${what} ${container.name}`, ({ containers }) => ({
      containers: { ...containers, [container.id]: container },
    }));
  const remove = ({ id, name }: MemoryContainer): Promise<void> =>
    world.change(`remove ${name}`, ({ containers }) => ({ containers: without(containers, id) }));

  const makeVolumes = async ({ volumes }: MemoryProject, project: string): Promise<void> => {
    for (const [name, own] of volumes) {
      if (world.data.volumes[name] !== undefined) continue;
      const all = { ...own, [labels.project]: project, [labels.volume]: name };
      const volume = { driver: 'local', options: {}, labels: all, entries: [] };
      await world.change(`make volume ${name}`, (data) => ({
        volumes: { ...data.volumes, [name]: volume },
      }));
    }
  };

  const run = async (created: MemoryContainer): Promise<void> => {
    const { writes = {}, output = [], ...does } = world.program(created, world.data);
    await world.change(`start ${created.name}`, (data) => ({
      containers: {
        ...data.containers,
        [created.id]: {
          ...created,
          ...does,
          output,
          exitCode: does.exitCode ?? 0,
          state: does.exitCode === undefined ? 'running' : 'exited',
          startedAt: new Date().toISOString(),
        },
      },
      volumes: {
        ...data.volumes,
        ...Object.fromEntries(
          Object.entries(writes).flatMap(([name, entries]) => {
            const volume = data.volumes[name];
            return volume === undefined ? [] : [[name, { ...volume, entries }]];
          }),
        ),
      },
    }));
  };

  const create = (
    { folder }: MemoryProject,
    project: string,
    service: string,
    wanted: MemoryService,
    number: number,
  ): MemoryContainer => {
    const { image, hash, command, environment, volumes, restartPolicy } = wanted;
    const imageId = world.data.names[image];
    if (imageId === undefined) throw startFailed(`No such image: ${image}`);
    const never = { exitCode: 0, startedAt: '0001-01-01T00:00:00Z', output: [] };
    const name = `${project}-${service}-${number}`;
    const own = { id: world.nextId(), name, project, service, workingDir: folder };
    const config = { configHash: hash, image, imageId, command, environment, volumes };
    return { ...own, ...config, restartPolicy, state: 'created', ...never };
  };

  /** Makes and starts containers until a service has the wanted number; with `recreate`, replaces those that differ. */
  const bringTo = async (
    project: MemoryProject,
    name: string,
    [service, wanted]: readonly [string, MemoryService],
    count: number,
    recreate: boolean,
  ): Promise<void> => {
    for (let number = 1; number <= count; number += 1) {
      const found = containersOf(name).find((one) => one.name === `${name}-${service}-${number}`);
      const isWanted = found !== undefined && (!recreate || found.configHash === wanted.hash);
      if (isWanted && found.state === 'running') continue;
      if (isWanted) {
        await run(found);
        continue;
      }
      const next = create(project, name, service, wanted, number);
      if (found !== undefined) await remove(found);
      await put('create', next);
      await run(next);
    }
  };

  const onlyThese = async ({ services }: MemoryProject, name: string): Promise<void> => {
    for (const container of containersOf(name)) {
      const number = Number(container.name.split('-').at(-1));
      if (number > (services.get(container.service)?.replicas ?? 0)) await remove(container);
    }
  };

  return {
    version: async () => '2.40.3',
    async config(request, { interpolate }) {
      if (!interpolate) throw new Error('only the resolved project is available here');
      return (await readProject(request)).resolved;
    },
    async build() {
      throw new BundleError('image-build-failed', { operation: 'building', found: 'no builder' });
    },
    async up(request, services, _onLine, signal) {
      signal.throwIfAborted();
      const project = await readProject(request);
      for (const one of project.services) {
        if (!services.includes(one[0])) continue;
        await bringTo(project, request.projectName ?? '', one, one[1].replicas, true);
      }
    },
    async start(request, _onLine, signal) {
      signal.throwIfAborted();
      const { projectName = '' } = request;
      const project = await readProject(request);
      await makeVolumes(project, projectName);
      await onlyThese(project, projectName);
      for (const one of project.services) {
        await bringTo(project, projectName, one, one[1].replicas, true);
      }
    },
    async scaleUp(request, service, containers, _onLine, signal) {
      signal.throwIfAborted();
      const project = await readProject(request);
      const wanted = project.services.get(service);
      if (wanted === undefined) throw startFailed(`no such service: ${service}`);
      await bringTo(project, request.projectName ?? '', [service, wanted], containers, false);
    },
    async stop({ projectName }) {
      for (const one of containersOf(projectName)) {
        if (one.state !== 'running') continue;
        await put('stop', { ...one, state: 'exited' });
      }
    },
    async down({ projectName = '' }, { volumes }) {
      for (const one of containersOf(projectName)) await remove(one);
      if (!volumes) return;
      for (const [name, volume] of Object.entries(world.data.volumes)) {
        if (volume.labels[labels.project] !== projectName) continue;
        await world.change(`remove volume ${name}`, (data) => ({
          volumes: without(data.volumes, name),
        }));
      }
    },
    async logs({ projectName }: ComposeRequest, services, { tail }, onLine) {
      for (const { name, service, output } of containersOf(projectName)) {
        if (services.length > 0 && !services.includes(service)) continue;
        for (const line of output.slice(-(tail ?? output.length) || output.length)) {
          onLine(`${name}  | ${line}`);
        }
      }
    },
    async services(request) {
      const { services } = await readProject(request);
      return new Map(
        [...services]
          .filter(([, { replicas }]) => replicas > 0)
          .map(([name, { hash, replicas, startFirst, mayEnd }]): [string, WantedService] => [
            name,
            { hash, replicas, startFirst, mayEnd },
          ]),
      );
    },
  };
}

function startFailed(found: string): BundleError {
  return new BundleError('start-failed', { operation: 'starting the services', found });
}
