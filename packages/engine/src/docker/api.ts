import { digestSchema } from '@bundle/format';
import { z } from 'zod';

/** Answers of the Docker Engine API (v1.41 and later), with only the fields read here. */
export const versionSchema = z.looseObject({
  Version: z.string(),
  ApiVersion: z.string(),
  Os: z.string(),
  Arch: z.string(),
  Components: z.array(z.looseObject({ Name: z.string(), Version: z.string().nullish() })).nullish(),
});

const names = z.array(z.string()).nullish();
const offered = z.boolean().nullish();

export const infoSchema = z.looseObject({
  Driver: z.string(),
  DockerRootDir: z.string().nullish(),
  DriverStatus: z.array(z.array(z.string())).nullish(),
  MemTotal: z.number().nullish(),
  NCPU: z.number().nullish(),
  Runtimes: z.record(z.string(), z.unknown()).nullish(),
  Plugins: z.looseObject({ Log: names, Network: names, Volume: names }).nullish(),
  /** `name=rootless`, `name=userns`, `name=selinux` and others. */
  SecurityOptions: names,
  /** Of podman, which does not name it among the options. */
  Rootless: z.boolean().nullish(),
  /** What the control groups of its host offer. */
  CgroupVersion: z.string().nullish(),
  MemoryLimit: offered,
  SwapLimit: offered,
  OomKillDisable: offered,
  CpuCfsQuota: offered,
  CPUShares: offered,
  CPUSet: offered,
  PidsLimit: offered,
  Swarm: z.looseObject({ LocalNodeState: z.string().nullish() }).nullish(),
  /** Devices by the names of the Container Device Interface, since API 1.50. */
  DiscoveredDevices: z.array(z.looseObject({ ID: z.string() })).nullish(),
  /** Since API 1.46. */
  Containerd: z.looseObject({ Address: z.string().nullish() }).nullish(),
});

export const imageInspectSchema = z.looseObject({
  Id: digestSchema,
  RepoTags: z.array(z.string()).nullish(),
  Created: z.string().nullish(),
  Os: z.string(),
  Architecture: z.string(),
  Variant: z.string().nullish(),
  Size: z.number(),
  RootFS: z.looseObject({ Layers: z.array(digestSchema).nullish() }),
  Config: z.looseObject({ OnBuild: z.array(z.string()).nullish() }).nullish(),
});

export const imageListSchema = z.array(
  z.looseObject({ Id: digestSchema, RepoTags: z.array(z.string()).nullish() }),
);

/** Parses a version: "28.5.2+dfsg4" -> [28, 5]; undefined if it is not a version. */
export function releaseOf(version: string): readonly [number, number] | undefined {
  const match = /^v?(\d+)\.(\d+)/.exec(version);
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}

/** The first release that takes a name such as `[fd00::1]:5000/app`. */
const ipv6NameRelease = 25;

/** Tells whether a Docker engine refuses names of images with an IPv6 address. */
export function refusesIpv6Names(version: string): boolean {
  const [release = ipv6NameRelease] = releaseOf(version) ?? [];
  return release < ipv6NameRelease;
}
