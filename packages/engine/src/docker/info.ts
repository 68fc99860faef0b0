import {
  BundleError,
  defined,
  normalizeArchitecture,
  packedReference,
  parseReference,
} from '@bundle/format';
import type Docker from 'dockerode';
import type { z } from 'zod';
import type { EngineImage, EngineInfo } from '../engine.ts';
import {
  type imageInspectSchema,
  infoSchema,
  refusesIpv6Names,
  releaseOf,
  versionSchema,
} from './api.ts';
import { parse } from './client.ts';

// Converts an engine's answers about itself and its images into the types of the interface.

const oldestRelease = 20;
/** Debian 12 has 4.3. */
const oldestPodman = 4;
/** Docker 20.10 refuses zstd layers; 23 is the first release that reads them. */
const zstdRelease = 23;
/** docker save and load accept a platform since API 1.48 (Docker 28). */
const platformApi = '1.48';

export interface KnownEngine {
  readonly info: EngineInfo;
  /** Whether save and load accept a platform. */
  readonly takesPlatform: boolean;
}

/** Reads what kind of engine this is. Fails with `engine-too-old` for an unsupported one. */
export async function readInfo(docker: Docker, host: string): Promise<KnownEngine> {
  const [rawVersion, rawInfo] = await Promise.all([docker.version(), docker.info()]);
  const { Version, ApiVersion, Os, Arch, Components } = parse(versionSchema, rawVersion);
  const answer = parse(infoSchema, rawInfo);
  const { DriverStatus, MemTotal, NCPU } = answer;
  // Podman speaks Docker's API, but has its own version numbers.
  const isPodman = Components?.some(({ Name }) => Name === 'Podman Engine') === true;
  if (isPodman) checkPodman(host, Version);
  const release = isPodman ? undefined : releaseOf(Version)?.[0];
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
    description: isPodman ? `podman ${Version} at ${host}` : `Docker ${Version} at ${host}`,
    isPodman,
    version: Version,
    components: Object.fromEntries(
      (Components ?? []).map(({ Name, Version: version }) => [Name, version ?? '']),
    ),
    store: containerd ? 'containerd' : 'graph-driver',
    platform: { os: Os, architecture: normalizeArchitecture(Arch) },
    readsZstd: release === undefined || release >= zstdRelease,
    ...(isPodman || refusesIpv6Names(Version) ? { refusesIpv6Names: true as const } : {}),
    loadsPartially: !isPodman && (!containerd || takesPlatform),
    ...(host.startsWith('unix://') ? dataFolder(answer, containerd) : {}),
    ...(MemTotal ? { memoryBytes: MemTotal } : {}),
    ...(NCPU ? { cpus: NCPU } : {}),
    ...features(answer),
  };
  return { info, takesPlatform };
}

type Answer = z.output<typeof infoSchema>;

/** Fails with `engine-too-old` for a podman before 4. */
function checkPodman(host: string, version: string): void {
  const release = releaseOf(version)?.[0];
  if (release !== undefined && release >= oldestPodman) return;
  throw new BundleError('engine-too-old', {
    operation: 'checking the engine at',
    subject: host,
    expected: `podman ${oldestPodman} or later, or Docker 20.10 or later`,
    found: `podman ${version}`,
    hint: 'Update podman on this host, or name a Docker engine with --docker-host, DOCKER_HOST or a docker context.',
  });
}

function features(
  answer: Answer,
): Pick<
  EngineInfo,
  'runtimes' | 'devices' | 'drivers' | 'rights' | 'usesSelinux' | 'unknownLimits' | 'isInSwarm'
> {
  const { Runtimes, DiscoveredDevices, Plugins, Rootless, SecurityOptions, Swarm } = answer;
  const { Log, Network, Volume } = Plugins ?? {};
  const options = (SecurityOptions ?? []).flatMap((option) => option.split(','));
  return {
    rights: {
      isRootless: Rootless === true || options.includes('name=rootless'),
      mapsUsers: options.includes('name=userns'),
    },
    ...(options.includes('name=selinux') ? { usesSelinux: true as const } : {}),
    unknownLimits: unknownLimits(answer),
    ...(Swarm?.LocalNodeState ? { isInSwarm: Swarm.LocalNodeState === 'active' } : {}),
    ...(Runtimes ? { runtimes: Object.keys(Runtimes) } : {}),
    ...(DiscoveredDevices ? { devices: DiscoveredDevices.map(({ ID }) => ID) } : {}),
    drivers: {
      ...defined({
        log: Log ?? undefined,
        network: Network ?? undefined,
        volume: Volume ?? undefined,
      }),
    },
  };
}

/** Lists the limits that an engine ignores or refuses, by their keys in a Compose file. */
function unknownLimits(answer: Answer): string[] {
  // A rootless podman says that it offers them all, and ignores them with version 1.
  const isAble = !(answer.Rootless === true && answer.CgroupVersion === '1');
  const keys: readonly (readonly [key: string, isOffered: boolean | null | undefined])[] = [
    ['mem_limit', isAble && answer.MemoryLimit],
    ['memswap_limit', isAble && answer.SwapLimit],
    ['mem_swappiness', answer.CgroupVersion !== '2'],
    ['oom_kill_disable', answer.OomKillDisable],
    ['cpus', isAble && answer.CpuCfsQuota],
    ['cpu_shares', isAble && answer.CPUShares],
    ['cpuset', isAble && answer.CPUSet],
    ['pids_limit', isAble && answer.PidsLimit],
  ];
  return keys.flatMap(([key, isOffered]) => (isOffered === false ? [key] : []));
}

/**
 * Finds the engine's data folder. A containerd that the engine did not start itself has its own; the path here is its
 * default.
 */
function dataFolder(
  { DockerRootDir, Containerd }: Pick<z.output<typeof infoSchema>, 'DockerRootDir' | 'Containerd'>,
  containerd: boolean,
): { dataFolder?: string } {
  const ofSystem = Containerd?.Address === '/run/containerd/containerd.sock';
  if (containerd && ofSystem) return { dataFolder: '/var/lib/containerd' };
  return DockerRootDir ? { dataFolder: DockerRootDir } : {};
}

export function toEngineImage(image: z.output<typeof imageInspectSchema>): EngineImage {
  return {
    id: image.Id,
    references: (image.RepoTags ?? []).map(familiar),
    platform: {
      os: image.Os,
      architecture: normalizeArchitecture(image.Architecture),
      ...(image.Variant ? { variant: image.Variant } : {}),
    },
    created: image.Created ?? '1970-01-01T00:00:00Z',
    diffIds: image.RootFS.Layers ?? [],
    size: image.Size,
    ...((image.Config?.OnBuild ?? []).length > 0 ? { onBuild: true as const } : {}),
  };
}

/** Shortens a name as people write it: podman gives all with their registry. */
export function familiar(reference: string): string {
  const parsed = parseReference(reference);
  return parsed?.tag === undefined ? reference : packedReference(parsed);
}

function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  return (left[0] ?? 0) - (right[0] ?? 0) || (left[1] ?? 0) - (right[1] ?? 0);
}
