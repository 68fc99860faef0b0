import { z } from 'zod';

// Answers of the Docker Engine API (v1.41 and later) about a swarm, with only the fields read here.

const labels = z.record(z.string(), z.string()).nullish();
const containerSpec = z.looseObject({
  Image: z.string().nullish(),
  Labels: labels,
  Healthcheck: z.looseObject({ Test: z.array(z.string()).nullish() }).nullish(),
});

/** Swarm leaves an index of 0 out. */
const version = z.looseObject({ Index: z.number().nullish() }).nullish();

export const swarmInfoSchema = z.looseObject({
  Swarm: z
    .looseObject({
      NodeID: z.string().nullish(),
      LocalNodeState: z.string().nullish(),
      ControlAvailable: z.boolean().nullish(),
    })
    .nullish(),
});

export const nodeListSchema = z.array(
  z.looseObject({
    ID: z.string(),
    Description: z
      .looseObject({
        Hostname: z.string().nullish(),
        Engine: z.looseObject({ EngineVersion: z.string().nullish() }).nullish(),
      })
      .nullish(),
    ManagerStatus: z.looseObject({}).nullish(),
    Spec: z.looseObject({ Availability: z.string().nullish() }).nullish(),
    Status: z.looseObject({ State: z.string().nullish() }).nullish(),
  }),
);

export const serviceListSchema = z.array(
  z.looseObject({
    ID: z.string(),
    UpdatedAt: z.string(),
    Spec: z.looseObject({
      Name: z.string(),
      Labels: labels,
      TaskTemplate: z.looseObject({
        ContainerSpec: containerSpec.nullish(),
        RestartPolicy: z
          .looseObject({ Condition: z.string().nullish(), MaxAttempts: z.number().nullish() })
          .nullish(),
      }),
      Mode: z
        .looseObject({
          Replicated: z.looseObject({ Replicas: z.number().nullish() }).nullish(),
          Global: z.looseObject({}).nullish(),
          ReplicatedJob: z.looseObject({ TotalCompletions: z.number().nullish() }).nullish(),
          GlobalJob: z.looseObject({}).nullish(),
        })
        .nullish(),
    }),
    JobStatus: z.looseObject({ JobIteration: version }).nullish(),
    Endpoint: z
      .looseObject({
        Ports: z
          .array(
            z.looseObject({
              PublishedPort: z.number().nullish(),
              TargetPort: z.number(),
              Protocol: z.string(),
            }),
          )
          .nullish(),
      })
      .nullish(),
    UpdateStatus: z
      .looseObject({ State: z.string().nullish(), Message: z.string().nullish() })
      .nullish(),
  }),
);

export const taskListSchema = z.array(
  z.looseObject({
    ID: z.string(),
    ServiceID: z.string(),
    Slot: z.number().nullish(),
    NodeID: z.string().nullish(),
    CreatedAt: z.string(),
    DesiredState: z.string(),
    JobIteration: version,
    Spec: z.looseObject({ ContainerSpec: containerSpec.nullish() }),
    Status: z.looseObject({
      State: z.string(),
      Timestamp: z.string().nullish(),
      Err: z.string().nullish(),
      Message: z.string().nullish(),
      ContainerStatus: z
        .looseObject({ ContainerID: z.string().nullish(), ExitCode: z.number().nullish() })
        .nullish(),
    }),
  }),
);

/** Configs and secrets. */
export const fileListSchema = z.array(z.looseObject({ Spec: z.looseObject({ Name: z.string() }) }));
