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

const labels = z.record(z.string(), z.string()).nullish();

/** Answers of `GET /containers/json`, `/networks` and `/volumes`: only names, labels, ports and subnets. */
export const takenContainersSchema = z.array(
  z.looseObject({
    Names: z.array(z.string()),
    ImageID: z.string(),
    Labels: labels,
    Ports: z
      .array(
        z.looseObject({
          IP: z.string().nullish(),
          PublicPort: z.number().nullish(),
          Type: z.string(),
        }),
      )
      .nullish(),
  }),
);
export const takenNetworksSchema = z.array(
  z.looseObject({
    Name: z.string(),
    Labels: labels,
    Scope: z.string().nullish(),
    IPAM: z
      .looseObject({
        Config: z.array(z.looseObject({ Subnet: z.string().nullish() })).nullish(),
      })
      .nullish(),
  }),
);
export const takenVolumesSchema = z.looseObject({
  Volumes: z.array(z.looseObject({ Name: z.string(), Labels: labels })).nullish(),
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
});

/** Answer of `GET /system/df`; all sizes in bytes, -1 if not computed. */
export const diskUsageSchema = z.looseObject({
  LayersSize: z.number().nullish(),
  Images: z.array(z.looseObject({ Id: z.string(), Size: z.number() })).nullish(),
  Containers: z.array(z.looseObject({ SizeRw: z.number().nullish() })).nullish(),
  Volumes: z
    .array(z.looseObject({ UsageData: z.looseObject({ Size: z.number() }).nullish() }))
    .nullish(),
  BuildCache: z.array(z.looseObject({ Size: z.number(), Shared: z.boolean().nullish() })).nullish(),
});

export const imageListSchema = z.array(z.looseObject({ Id: digestSchema }));

/** One JSON line of the progress of a pull or load. */
export const messageSchema = z.looseObject({
  id: z.string().optional(),
  status: z.string().optional(),
  stream: z.string().optional(),
  error: z.string().optional(),
  progressDetail: z
    .looseObject({ current: z.number().optional(), total: z.number().optional() })
    .nullish(),
});
export type EngineMessage = z.output<typeof messageSchema>;

/** Parses a version: "28.5.2+dfsg4" -> [28, 5]; undefined if it is not a version. */
export function releaseOf(version: string): readonly [number, number] | undefined {
  const match = /^v?(\d+)\.(\d+)/.exec(version);
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}

export const containerListSchema = z.array(z.looseObject({ Id: z.string() }));

export const containerInspectSchema = z.looseObject({
  Id: z.string(),
  Name: z.string(),
  /** ID of the image. */
  Image: z.string(),
  RestartCount: z.number(),
  Path: z.string(),
  Args: z.array(z.string()).nullish(),
  Config: z.looseObject({
    Image: z.string(),
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
  HostConfig: z.looseObject({ RestartPolicy: z.looseObject({ Name: z.string() }).nullish() }),
  NetworkSettings: z.looseObject({
    Networks: z
      .record(
        z.string(),
        z.looseObject({ IPAddress: z.string(), Aliases: z.array(z.string()).nullish() }),
      )
      .nullish(),
    /** By `PORT/PROTOCOL` of the container. */
    Ports: z
      .record(
        z.string(),
        z.array(z.looseObject({ HostIp: z.string().nullish(), HostPort: z.string() })).nullish(),
      )
      .nullish(),
  }),
  State: z.looseObject({
    Status: z.enum(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']),
    ExitCode: z.number(),
    StartedAt: z.string(),
    Health: z
      .looseObject({
        // podman leaves it empty where there is no check.
        Status: z
          .enum(['none', 'starting', 'healthy', 'unhealthy', ''])
          .transform((status) => status || 'none'),
        Log: z.array(z.looseObject({ ExitCode: z.number(), Output: z.string() })).nullish(),
      })
      .nullish(),
  }),
});

const stringMap = z.record(z.string(), z.string());

export const volumeListSchema = z.looseObject({
  Volumes: z
    .array(
      z.looseObject({
        Name: z.string(),
        Driver: z.string(),
        Options: stringMap.nullish(),
        Labels: stringMap.nullish(),
      }),
    )
    .nullish(),
});

export const execSchema = z.looseObject({ ExitCode: z.number().nullable() });

export const waitSchema = z.looseObject({ StatusCode: z.number() });
