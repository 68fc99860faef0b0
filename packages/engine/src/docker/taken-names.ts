import { z } from 'zod';
import type { Owner, TakenNames } from '../engine.ts';
import { parse } from './client.ts';

const labels = z.record(z.string(), z.string()).nullish();

/** Answers of `GET /containers/json`, `/networks` and `/volumes`: only names, labels, ports and subnets. */
const takenContainersSchema = z.array(
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
const takenNetworksSchema = z.array(
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

/** Collects the names and ports in use on an engine from its lists of containers, networks and volumes. */
export function toTakenNames(containers: unknown, networks: unknown, volumes: unknown): TakenNames {
  return {
    containers: parse(takenContainersSchema, containers).map(
      ({ Names, ImageID, Labels, Ports }) => ({
        name: (Names[0] ?? '').replace(/^\//, ''),
        imageId: ImageID,
        ...ownerOf(Labels),
        ports: (Ports ?? []).flatMap(({ IP, PublicPort, Type }) =>
          PublicPort
            ? [
                {
                  address: everyAddress.has(IP ?? '') ? '' : String(IP),
                  port: PublicPort,
                  protocol: Type,
                },
              ]
            : [],
        ),
      }),
    ),
    networks: parse(takenNetworksSchema, networks).map((network) => ({
      ...named(network),
      subnets:
        network.Scope === 'swarm'
          ? []
          : (network.IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet || []),
    })),
    volumes: (parse(takenVolumesSchema, volumes).Volumes ?? []).map(named),
  };
}

/** What an engine writes for every address of the host. */
export const everyAddress: ReadonlySet<string> = new Set(['', '0.0.0.0', '::']);

type Labels = Readonly<Record<string, string>> | null | undefined;

function named({ Name, Labels }: { Name: string; Labels?: Labels }): Owner & { name: string } {
  return { name: Name, ...ownerOf(Labels) };
}

function ownerOf(labels: Labels): Owner {
  // A stack has the name of its instance, as a project has.
  const project = labels?.['com.docker.compose.project'] ?? labels?.['com.docker.stack.namespace'];
  const workingDir = labels?.['com.docker.compose.project.working_dir'];
  return {
    ...(project === undefined ? {} : { project }),
    ...(workingDir === undefined ? {} : { workingDir }),
  };
}
