import type { Readable } from 'node:stream';
import { readTar } from '@bundle/archive';
import type { ProjectContainer, Runtime } from '@bundle/engine';
import { BundleError } from '@bundle/format';
import { packVolume, volumeRoot } from './volume-archive.ts';
import {
  labels,
  type MemoryContainer,
  type MemoryWorld,
  type VolumeEntry,
  without,
} from './world.ts';

/** Containers and volumes in memory. Nothing runs in them, so they contain no commands. */
export function memoryRuntime(world: MemoryWorld): Runtime {
  return {
    async containers(project) {
      return Object.values(world.data.containers)
        .filter((one) => one.project === project)
        .map(toProjectContainer)
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async volumes(project) {
      return Object.entries(world.data.volumes)
        .filter(([, volume]) => volume.labels[labels.project] === project)
        .map(([name, { driver, options, labels: own }]) => ({ name, driver, options, labels: own }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async run() {
      return { exitCode: 0, output: '' };
    },
    async exec() {
      return { exitCode: 127, output: '' };
    },
    async removeContainer(id) {
      if (world.data.containers[id] === undefined) return;
      await world.change(`remove container ${id}`, ({ containers }) => ({
        containers: without(containers, id),
      }));
    },
    async removeHelpers() {
      // Volumes are read and written without a container here.
    },
    async volumeUsers(volume) {
      return usersOf(world, volume).map(({ name, project }) => ({ name, project }));
    },
    async readVolume({ name }, image, signal) {
      signal.throwIfAborted();
      checkImage(world, image);
      const volume = world.data.volumes[name];
      if (volume === undefined) throw failure('reading', name, 'no such volume');
      return packVolume(volume.entries);
    },
    async replaceVolume({ name, driver, options, labels: own }, image, archive, signal) {
      const [user] = usersOf(world, name);
      if (user !== undefined) throw failure('removing', name, `in use by ${user.name}`);
      await world.change(`remove volume ${name}`, ({ volumes }) => ({
        volumes: without(volumes, name),
      }));
      const empty = { driver, options, labels: own, entries: [] };
      await world.change(`make volume ${name}`, ({ volumes }) => ({
        volumes: { ...volumes, [name]: empty },
      }));
      checkImage(world, image);
      for await (const entry of entriesOf(archive, signal)) {
        await world.change(`write ${entry.path} of volume ${name}`, ({ volumes }) => {
          const { entries } = volumes[name] ?? empty;
          return { volumes: { ...volumes, [name]: { ...empty, entries: [...entries, entry] } } };
        });
      }
    },
  };
}

function usersOf(world: MemoryWorld, volume: string): MemoryContainer[] {
  return Object.values(world.data.containers)
    .filter(({ volumes }) => Object.values(volumes).includes(volume))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function* entriesOf(archive: Readable, signal: AbortSignal): AsyncGenerator<VolumeEntry> {
  for await (const entry of readTar(archive, signal, () => undefined)) {
    const { path, type, mode = 0, uid = 0, gid = 0 } = entry;
    const content = (await entry.concat()).toString('utf8');
    if (type !== 'File' && type !== 'Directory') continue;
    const inside = path.replace(/\/$/, '').slice(volumeRoot.length + 1) || '.';
    yield { path: inside, type, mode, uid, gid, content };
  }
}

function checkImage(world: MemoryWorld, image: string): void {
  if (world.data.names[image] === undefined) throw failure('making a container of', image, 'none');
}

function failure(operation: string, subject: string, found: string): BundleError {
  return new BundleError('engine-failed', { operation, subject, found });
}

function toProjectContainer(container: MemoryContainer): ProjectContainer {
  const { project, environment, volumes, output, health, healthAfterMs = 0, ...rest } = container;
  const isKnown = Date.now() - Date.parse(rest.startedAt) >= healthAfterMs;
  const checked = health === undefined ? {} : { health: isKnown ? health : ('starting' as const) };
  const network = { name: `${project}_default`, aliases: [rest.service, rest.name] };
  const address = rest.state === 'running' ? '172.18.0.2' : '';
  return {
    ...rest,
    ...checked,
    restartCount: 0,
    networks: [{ ...network, address }],
    published: [],
  };
}
