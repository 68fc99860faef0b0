import { stringify } from 'node:querystring';
import {
  BundleError,
  type ErrorCode,
  familiarName,
  formatPlatform,
  normalizeArchitecture,
  type Platform,
  parseReference,
} from '@bundle/format';
import type Docker from 'dockerode';
import pLimit from 'p-limit';
import type { z } from 'zod';
import type { DockerEndpoint } from '../endpoint.ts';
import type { DiskUsage, Engine, EngineImage, EngineInfo } from '../engine.ts';
import {
  diskUsageSchema,
  imageInspectSchema,
  imageListSchema,
  infoSchema,
  releaseOf,
  versionSchema,
} from './api.ts';
import { asReadable, connect, explained, parse, statusOf } from './client.ts';
import { engineError } from './failures.ts';
import { toInventory } from './inventory.ts';
import { readMessages } from './messages.ts';
import { downloadFromSocket } from './socket-download.ts';

/** More requests at once make an engine no faster, and a connection is made for each. */
const inspectsAtOnce = 16;

const oldestRelease = 20;
/** docker save and load take a platform from API 1.48 (Docker 28) on. */
const platformApi = '1.48';
/** Docker 20.10 refuses zstd layers; 23 is the first that reads them. */
const zstdRelease = 23;

/** A Docker engine; it is connected to when it is first asked something. */
export async function createDockerEngine(endpoint: DockerEndpoint): Promise<Engine> {
  const { host } = endpoint;
  const docker = await connect(endpoint);
  let known: Promise<{ info: EngineInfo; api: string }> | undefined;

  const call = async <T>(operation: string, code: ErrorCode, request: Promise<T>): Promise<T> => {
    try {
      return await request;
    } catch (error) {
      throw engineError(error, operation, host, code);
    }
  };
  const describe = (): Promise<{ info: EngineInfo; api: string }> => {
    known ??= call('asking the engine at', 'engine-failed', readInfo(docker, host));
    return known;
  };
  /** The query that names a platform, for engines that know it. */
  const platformQuery = async (platform: Platform | undefined): Promise<{ platform?: string }> => {
    if (platform === undefined) return {};
    const { api } = await describe();
    return compareVersions(api, platformApi) < 0
      ? {}
      : {
          platform: JSON.stringify({
            os: platform.os,
            architecture: platform.architecture,
            ...(platform.variant === undefined ? {} : { variant: platform.variant }),
          }),
        };
  };

  const inspectImage = async (reference: string): Promise<EngineImage | undefined> => {
    try {
      return toEngineImage(parse(imageInspectSchema, await docker.getImage(reference).inspect()));
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw engineError(error, `inspecting ${reference} on the engine at`, host, 'engine-failed');
    }
  };

  return {
    info: async () => (await describe()).info,
    inspectImage,

    async listImages() {
      const list = await call(
        'listing images of',
        'engine-failed',
        docker.listImages({ all: true }),
      );
      const ids = new Set(parse(imageListSchema, list).map(({ Id }) => Id));
      const limit = pLimit(inspectsAtOnce);
      const found = await limit.map(ids, (id) => inspectImage(id));
      return found.filter((image) => image !== undefined);
    },

    async diskUsage() {
      const asking = 'asking for the disk usage of';
      const usage = await call(asking, 'engine-failed', docker.df());
      const { DockerRootDir } = parse(
        infoSchema,
        await call(asking, 'engine-failed', docker.info()),
      );
      const isLocal = host.startsWith('unix://') && DockerRootDir;
      return { ...toDiskUsage(usage), ...(isLocal ? { folder: DockerRootDir } : {}) };
    },

    async inventory() {
      const asking = 'asking what is taken on';
      const [containers, networks, volumes] = await Promise.all([
        call(asking, 'engine-failed', docker.listContainers({ all: true })),
        call(asking, 'engine-failed', docker.listNetworks()),
        call(asking, 'engine-failed', docker.listVolumes()),
      ]);
      return toInventory(containers, networks, volumes);
    },

    async pullImage(reference, platform, onProgress, signal) {
      const options = platform === undefined ? {} : { platform: formatPlatform(platform) };
      const pull = docker.pull(reference, { ...options, abortSignal: signal });
      const stream = await call(
        `pulling ${reference} with the engine at`,
        'image-pull-failed',
        pull,
      );
      const layers = new Map<string, { current: number; total: number }>();
      const failure = await readMessages(asReadable(stream), ({ id, progressDetail }) => {
        const { current, total } = progressDetail ?? {};
        if (id === undefined || current === undefined || total === undefined) return;
        layers.set(id, { current, total });
        const all = [...layers.values()];
        onProgress({
          doneBytes: all.reduce((sum, layer) => sum + layer.current, 0),
          totalBytes: all.reduce((sum, layer) => sum + layer.total, 0),
        });
      });
      if (failure !== undefined) {
        throw engineError(
          new Error(failure),
          `pulling ${reference} with the engine at`,
          host,
          'image-pull-failed',
        );
      }
    },

    async saveImages(references, platform, signal) {
      const query = { names: [...references], ...(await platformQuery(platform)) };
      if (host.startsWith('unix://')) {
        const path = `/images/get?${stringify(query)}`;
        const download = downloadFromSocket(host.slice('unix://'.length), path, signal);
        const archive = await call('saving images of the engine at', 'engine-failed', download);
        if (archive !== undefined) return archive;
      }
      const answer = await call(
        'saving images of the engine at',
        'engine-failed',
        dial(docker, { path: '/images/get?', method: 'GET', options: query, abortSignal: signal }),
      );
      return explained(asReadable(answer), (error) =>
        engineError(error, 'saving images of the engine at', host, 'engine-failed'),
      );
    },

    async loadImages(archive, signal, platform) {
      const options = { quiet: true, abortSignal: signal, ...(await platformQuery(platform)) };
      const answer = await call(
        'loading images into the engine at',
        'engine-failed',
        docker.loadImage(archive, options),
      ).catch((error: unknown) => {
        // docker-modem leaves it open, and what fills it waiting.
        archive.destroy();
        throw error;
      });
      const failure = await readMessages(asReadable(answer), () => undefined);
      if (failure !== undefined && brokenImage.test(failure)) throw broken(host, failure);
      if (failure !== undefined) {
        throw engineError(
          new Error(failure),
          'loading images into the engine at',
          host,
          'engine-failed',
        );
      }
    },

    async tagImage(reference, newReference) {
      const { name = newReference, tag = 'latest' } = parseReference(newReference) ?? {};
      const request = docker.getImage(reference).tag({ repo: familiarName(name), tag });
      try {
        await request;
      } catch (error) {
        if (statusOf(error) === 404) throw noSuchImage(reference, host);
        throw engineError(error, `tagging ${reference} on the engine at`, host, 'engine-failed');
      }
    },

    async untagImage(reference) {
      try {
        await docker.getImage(reference).remove({ noprune: false });
      } catch (error) {
        if (statusOf(error) === 404) return;
        throw engineError(error, `removing the name ${reference} on`, host, 'engine-failed');
      }
    },
  };
}

/** As Docker 28 and later end a load of an image of which a blob is nowhere, when a platform was named. */
const brokenImage = /was loaded, but doesn't provide the requested platform/;

function broken(host: string, found: string): BundleError {
  return new BundleError('load-mismatch', {
    operation: 'loading images into the engine at',
    subject: host,
    expected: 'every blob of them, in the archive or on the engine',
    found,
    hint: 'Load an archive that has all of their layers.',
  });
}

function podman(host: string, version: string): BundleError {
  return new BundleError('engine-too-old', {
    operation: 'checking the engine at',
    subject: host,
    expected: 'Docker 20.10 or later',
    found: `podman ${version}, which is not supported yet`,
    hint: 'Use a Docker engine: name it with --docker-host, DOCKER_HOST or a docker context.',
  });
}

function noSuchImage(reference: string, host: string): BundleError {
  return new BundleError('image-not-found', {
    operation: 'tagging an image of the engine at',
    subject: host,
    expected: reference,
    found: 'no image of that name',
    hint: 'See `docker images`.',
  });
}

async function readInfo(docker: Docker, host: string): Promise<{ info: EngineInfo; api: string }> {
  const [rawVersion, rawInfo] = await Promise.all([docker.version(), docker.info()]);
  const { Version, ApiVersion, Os, Arch, Components } = parse(versionSchema, rawVersion);
  // It speaks Docker's API, and counts its own versions.
  if (Components?.some(({ Name }) => Name === 'Podman Engine')) throw podman(host, Version);
  const { DriverStatus, MemTotal, NCPU, ...folders } = parse(infoSchema, rawInfo);
  const release = releaseOf(Version)?.[0];
  if (release !== undefined && release < oldestRelease) {
    throw new BundleError('engine-too-old', {
      operation: 'checking the engine at',
      subject: host,
      expected: 'Docker 20.10 or later',
      found: Version,
      hint: 'Update the engine on this host.',
    });
  }
  const containerd = (DriverStatus ?? []).some(
    ([key, value]) => key === 'driver-type' && value?.startsWith('io.containerd.snapshotter'),
  );
  const info: EngineInfo = {
    kind: 'docker',
    description: `Docker ${Version} at ${host}`,
    version: Version,
    store: containerd ? 'containerd' : 'graph-driver',
    platform: { os: Os, architecture: normalizeArchitecture(Arch) },
    readsZstd: release === undefined || release >= zstdRelease,
    loadsPartially: !containerd || compareVersions(ApiVersion, platformApi) >= 0,
    ...(host.startsWith('unix://') ? dataFolder(folders, containerd) : {}),
    ...(MemTotal ? { memoryBytes: MemTotal } : {}),
    ...(NCPU ? { cpus: NCPU } : {}),
  };
  return { info, api: ApiVersion };
}

/** A containerd that the engine did not start itself has a folder of its own, which by default is this one. */
function dataFolder(
  { DockerRootDir, Containerd }: Pick<z.output<typeof infoSchema>, 'DockerRootDir' | 'Containerd'>,
  containerd: boolean,
): { dataFolder?: string } {
  const ofSystem = Containerd?.Address === '/run/containerd/containerd.sock';
  if (containerd && ofSystem) return { dataFolder: '/var/lib/containerd' };
  return DockerRootDir ? { dataFolder: DockerRootDir } : {};
}

function toEngineImage(image: z.output<typeof imageInspectSchema>): EngineImage {
  return {
    id: image.Id,
    references: image.RepoTags ?? [],
    platform: {
      os: image.Os,
      architecture: normalizeArchitecture(image.Architecture),
      ...(image.Variant ? { variant: image.Variant } : {}),
    },
    created: image.Created ?? '1970-01-01T00:00:00Z',
    diffIds: image.RootFS.Layers ?? [],
    size: image.Size,
  };
}

function toDiskUsage(answer: unknown): DiskUsage {
  const { LayersSize, Containers, Volumes, BuildCache } = parse(diskUsageSchema, answer);
  const sum = (sizes: readonly (number | null | undefined)[] = []): number =>
    sizes.reduce<number>((total, size) => total + Math.max(0, size ?? 0), 0);
  return {
    images: sum([LayersSize]),
    containers: sum(Containers?.map(({ SizeRw }) => SizeRw)),
    volumes: sum(Volumes?.map(({ UsageData }) => UsageData?.Size)),
    // Shared records are layers of images, which are counted there.
    buildCache: sum(BuildCache?.map(({ Size, Shared }) => (Shared === true ? 0 : Size))),
  };
}

interface DialRequest {
  readonly path: string;
  readonly method: string;
  readonly options: object;
  readonly abortSignal: AbortSignal;
}

/** dockerode has no call that saves several images, so the request is made on its transport. */
function dial(docker: Docker, request: DialRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      {
        ...request,
        isStream: true,
        statusCodes: { 200: true, 404: 'no such image', 500: 'server error' },
      },
      (error: unknown, answer: unknown) => (error ? reject(error) : resolve(answer)),
    );
  });
}

function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  return (left[0] ?? 0) - (right[0] ?? 0) || (left[1] ?? 0) - (right[1] ?? 0);
}
