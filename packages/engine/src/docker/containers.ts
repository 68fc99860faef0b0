import { pipeline, type Readable, Transform } from 'node:stream';
import { text } from 'node:stream/consumers';
import { defined, reasonOf } from '@bundle/format';
import type Docker from 'dockerode';
import type { OneRun, ProjectContainer, ProjectVolume, Runtime } from '../containers.ts';
import type { DockerEndpoint } from '../endpoint.ts';
import { asReadable, connect, parse, statusOf } from './client.ts';
import {
  containerInspectSchema,
  containerListSchema,
  execSchema,
  volumeListSchema,
  waitSchema,
} from './container-api.ts';
import { engineError } from './failures.ts';
import { removeHelpers, volumeUsers } from './helpers.ts';
import { labels } from './labels.ts';
import { everyAddress } from './taken-names.ts';

/** Mount point of a volume in a container that is never started and serves only to reach the files. */
const volumeRoot = '/bundle-volume';

/** Creates the runtime of a Docker engine; it connects on its first request. */
export async function createDockerRuntime(endpoint: DockerEndpoint): Promise<Runtime> {
  const { host } = endpoint;
  const docker = await connect(endpoint);
  const call = async <T>(operation: string, request: Promise<T>): Promise<T> => {
    try {
      return await request;
    } catch (error) {
      throw engineError(error, operation, host, 'engine-failed');
    }
  };

  /** Removes a container when `work` has finished or failed. */
  const thenGone = async <T>(container: Docker.Container, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } finally {
      await call('removing a container on', container.remove({ force: true, v: true }));
    }
  };

  const volumeContainer = (volume: ProjectVolume, image: string): Promise<Docker.Container> => {
    const { name: Source } = volume;
    const Mounts: Docker.MountSettings[] = [{ Type: 'volume', Source, Target: volumeRoot }];
    const HostConfig = { NetworkMode: 'none', Mounts };
    const Labels = { [labels.helper]: projectOf(volume) };
    const options = { Image: image, Entrypoint: ['/never-run'], Labels, HostConfig };
    return call('making a container on', docker.createContainer(options));
  };

  const inspectContainer = async (id: string): Promise<ProjectContainer | undefined> => {
    try {
      return toContainer(parse(containerInspectSchema, await docker.getContainer(id).inspect()));
    } catch (error) {
      // Removed since it was listed.
      if (statusOf(error) === 404) return undefined;
      throw engineError(error, 'inspecting a container on', host, 'engine-failed');
    }
  };

  return {
    async containers(project) {
      const filters = { label: [`${labels.project}=${project}`, `${labels.oneOff}=False`] };
      const list = docker.listContainers({ all: true, filters });
      const ids = parse(containerListSchema, await call('listing containers of', list));
      const found = await Promise.all(ids.map(({ Id }) => inspectContainer(Id)));
      return found
        .filter((container) => container !== undefined)
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },

    async volumes(project) {
      const filters = { label: [`${labels.project}=${project}`] };
      const answer = docker.listVolumes({ filters: JSON.stringify(filters) });
      const { Volumes } = parse(volumeListSchema, await call('listing volumes of', answer));
      return (Volumes ?? [])
        .map(({ Name, Driver, Options, Labels }) => ({
          name: Name,
          driver: Driver,
          options: Options ?? {},
          labels: Labels ?? {},
        }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },

    async run(request, signal) {
      signal.throwIfAborted();
      const made = docker.createContainer(createOptions(request));
      const container = await call('making a container on', made);
      return thenGone(container, async () => {
        try {
          await container.start();
        } catch (error) {
          // The image has no such command; what else an engine answers so says nothing of an executable.
          if (
            statusOf(error) === 400 &&
            /exec: .*(executable file not found|no such file)/.test(reasonOf(error))
          ) {
            return { exitCode: 127, output: '' };
          }
          throw engineError(error, 'starting a container on', host, 'engine-failed');
        }
        // Killing fails if the container has already ended, which is fine.
        const stop = (): void => void container.kill().catch(() => undefined);
        signal.addEventListener('abort', stop, { once: true });
        // An abort before this point would have been missed.
        if (signal.aborted) stop();
        const ended = await call('waiting for a container on', container.wait());
        signal.removeEventListener('abort', stop);
        signal.throwIfAborted();
        const logs = await call('reading logs of', container.logs({ stdout: true, stderr: true }));
        return { exitCode: parse(waitSchema, ended).StatusCode, output: logs.toString('utf8') };
      });
    },

    async exec(containerId, command) {
      const options = { Cmd: [...command], User: '0', Tty: true, AttachStdout: true };
      const made = docker.getContainer(containerId).exec(options);
      const exec = await call('preparing a command in a container of', made);
      let output: string;
      try {
        output = await text(asReadable(await exec.start({ Tty: true })));
      } catch (error) {
        // The container has no such command.
        if (statusOf(error) === 400) return { exitCode: 127, output: '' };
        throw engineError(error, 'running a command in a container of', host, 'engine-failed');
      }
      const { ExitCode } = parse(execSchema, await call('asking for its end', exec.inspect()));
      return { exitCode: ExitCode ?? 0, output };
    },

    async removeContainer(containerId) {
      const container = docker.getContainer(containerId);
      try {
        // No time limit given: the container's own stop grace period applies.
        await container.stop();
      } catch (error) {
        if (statusOf(error) === 404) return;
        // 304: it has already stopped.
        if (statusOf(error) !== 304) {
          throw engineError(error, 'stopping a container on', host, 'engine-failed');
        }
      }
      await call('removing a container on', container.remove({ force: true }));
    },

    removeHelpers: (project) => removeHelpers(docker, host, project),

    volumeUsers: (volume) => volumeUsers(docker, host, volume),

    async readVolume(volume, image, signal) {
      await removeHelpers(docker, host, projectOf(volume), volume.name);
      const container = await volumeContainer(volume, image);
      const remove = (): Promise<void> =>
        call('removing a container on', container.remove({ force: true, v: true }));
      try {
        // The volume's root folder is the first entry, so its owner and mode are kept too.
        const archive = container.getArchive({ path: volumeRoot, abortSignal: signal });
        const stream = asReadable(await call('reading a volume of', archive));
        return thenRemoved(stream, remove);
      } catch (error) {
        await remove();
        throw error;
      }
    },

    async replaceVolume(volume, image, archive: Readable, signal) {
      const { name, driver, options, labels: Labels } = volume;
      await removeHelpers(docker, host, projectOf(volume), name);
      try {
        await docker.getVolume(name).remove();
      } catch (error) {
        if (statusOf(error) !== 404) {
          throw engineError(error, `removing the volume ${name} of`, host, 'engine-failed');
        }
      }
      const made = docker.createVolume({ Name: name, Driver: driver, DriverOpts: options, Labels });
      await call(`making the volume ${name} of`, made);
      const container = await volumeContainer(volume, image);
      await thenGone(container, () =>
        call(
          `writing the volume ${name} of`,
          container.putArchive(archive, { path: '/', abortSignal: signal }),
        ),
      );
    },
  };
}

function projectOf({ labels: own }: ProjectVolume): string {
  return own[labels.project] ?? '';
}

/**
 * Returns a stream of the same bytes. `remove` has finished before the stream ends, or closes after being destroyed.
 */
function thenRemoved(stream: Readable, remove: () => Promise<void>): Readable {
  let removed: Promise<void> | undefined;
  const removeOnce = (): Promise<void> => {
    removed ??= remove();
    return removed;
  };
  const whole = new Transform({
    transform: (chunk, _encoding, done) => done(null, chunk),
    flush: (done) => void removeOnce().then(() => done(), done),
    destroy: (error, done) =>
      void removeOnce().then(
        () => done(error),
        (failure) => done(error ?? failure),
      ),
  });
  // An error in either stream closes the other and reaches the reader.
  pipeline(stream, whole, () => undefined);
  return whole;
}

function createOptions(request: OneRun): Docker.ContainerCreateOptions {
  const { project, image, entrypoint, command, environment, mounts, hosts } = request;
  return {
    Image: image,
    ...(entrypoint === undefined ? {} : { Entrypoint: [...entrypoint] }),
    Cmd: [...command],
    Env: [...environment],
    Labels: { [labels.helper]: project },
    // With a terminal both outputs arrive as one stream, in order and without frames.
    Tty: true,
    HostConfig: {
      NetworkMode: 'none',
      ExtraHosts: hosts.map((name) => `${name}:127.0.0.1`),
      Mounts: mounts.map(({ type, source, target }) => ({
        Type: type,
        Source: source,
        Target: target,
        ReadOnly: true,
      })),
    },
  };
}

/** Name that an engine gives a volume without one. */
const generatedName = /^[0-9a-f]{64}$/;

function toContainer(answer: ReturnType<typeof containerInspectSchema.parse>): ProjectContainer {
  const { Id, Name, Image, RestartCount, Path, Args, Config, HostConfig, Mounts, State } = answer;
  const label = (name: string): string => Config.Labels?.[name] ?? '';
  const health = State.Health?.Status;
  const anonymousVolumes = (Mounts ?? []).flatMap(({ Type, Name: volume, Destination }) =>
    Type === 'volume' && generatedName.test(volume ?? '') ? [Destination] : [],
  );
  const { Output: output, ExitCode: healthExitCode } = State.Health?.Log?.at(-1) ?? {};
  return {
    id: Id,
    name: Name.replace(/^\//, ''),
    service: label(labels.service),
    workingDir: label(labels.workingDir),
    configHash: label(labels.configHash),
    image: Config.Image,
    imageId: Image,
    command: [Path, ...(Args ?? [])],
    state: State.Status,
    ...(health === undefined || health === 'none' ? {} : { health }),
    ...(output ? { healthOutput: output } : {}),
    ...defined({ healthExitCode }),
    ...(anonymousVolumes.length > 0 ? { anonymousVolumes } : {}),
    exitCode: State.ExitCode,
    restartCount: RestartCount,
    startedAt: State.StartedAt,
    restartPolicy: HostConfig.RestartPolicy?.Name || 'no',
    networks: Object.entries(answer.NetworkSettings.Networks ?? {}).map(
      ([name, { IPAddress, Aliases }]) => ({ name, address: IPAddress, aliases: Aliases ?? [] }),
    ),
    published: Object.entries(answer.NetworkSettings.Ports ?? {}).flatMap(([target, bindings]) =>
      (bindings ?? []).map(({ HostIp, HostPort }) => ({
        address: everyAddress.has(HostIp ?? '') ? '' : String(HostIp),
        port: Number(HostPort),
        target: Number.parseInt(target, 10),
        protocol: target.split('/')[1] ?? 'tcp',
      })),
    ),
  };
}
