import { z } from 'zod';

// Answers of the Docker Engine API about containers and their volumes, with only the fields read here.

export const containerListSchema = z.array(z.looseObject({ Id: z.string() }));

/** The same list, with what tells whose containers they are. */
export const volumeUserSchema = z.array(
  z.looseObject({
    Id: z.string(),
    Names: z.array(z.string()).nullish(),
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
);

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
  Mounts: z
    .array(z.looseObject({ Type: z.string(), Name: z.string().nullish(), Destination: z.string() }))
    .nullish(),
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
