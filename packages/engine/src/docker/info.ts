import { BundleError, normalizeArchitecture } from '@bundle/format';
import type Docker from 'dockerode';
import type { z } from 'zod';
import type { DiskUsage, EngineImage, EngineInfo } from '../engine.ts';
import {
  diskUsageSchema,
  type imageInspectSchema,
  infoSchema,
  releaseOf,
  versionSchema,
} from './api.ts';
import { parse } from './client.ts';

// What an engine answers about itself and its images, in the words of the interface.

const oldestRelease = 20;
/** Docker 20.10 refuses zstd layers; 23 is the first that reads them. */
const zstdRelease = 23;
/** docker save and load take a platform from API 1.48 (Docker 28) on. */
const platformApi = '1.48';

export interface KnownEngine {
  readonly info: EngineInfo;
  /** Whether save and load take a platform. */
  readonly takesPlatform: boolean;
}

/** Asks an engine what it is. Fails with `engine-too-old` for one that is not supported. */
export async function readInfo(docker: Docker, host: string): Promise<KnownEngine> {
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
  const takesPlatform = compareVersions(ApiVersion, platformApi) >= 0;
  const info: EngineInfo = {
    runsContainers: true,
    description: `Docker ${Version} at ${host}`,
    version: Version,
    store: containerd ? 'containerd' : 'graph-driver',
    platform: { os: Os, architecture: normalizeArchitecture(Arch) },
    readsZstd: release === undefined || release >= zstdRelease,
    loadsPartially: !containerd || takesPlatform,
    ...(host.startsWith('unix://') ? dataFolder(folders, containerd) : {}),
    ...(MemTotal ? { memoryBytes: MemTotal } : {}),
    ...(NCPU ? { cpus: NCPU } : {}),
  };
  return { info, takesPlatform };
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

function podman(host: string, version: string): BundleError {
  return new BundleError('engine-too-old', {
    operation: 'checking the engine at',
    subject: host,
    expected: 'Docker 20.10 or later',
    found: `podman ${version}, which is not supported yet`,
    hint: 'Use a Docker engine: name it with --docker-host, DOCKER_HOST or a docker context.',
  });
}

export function toEngineImage(image: z.output<typeof imageInspectSchema>): EngineImage {
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

export function toDiskUsage(answer: unknown): DiskUsage {
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

function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  return (left[0] ?? 0) - (right[0] ?? 0) || (left[1] ?? 0) - (right[1] ?? 0);
}
