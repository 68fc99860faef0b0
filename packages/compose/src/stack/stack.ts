import { createHash } from 'node:crypto';
import { mapStrings } from '../template.ts';
import {
  type Fields,
  fieldsOf,
  isEmpty,
  listOf,
  pick,
  type ResolvedDocument,
} from './documents.ts';
import type { MountedFiles } from './mounts.ts';
import { stackService } from './service.ts';

/** Labels of what a stack of this command runs. */
export const stackLabels = {
  /** On containers: digest of what makes a task, so that a task of the previous release can be told apart. */
  hash: 'bundle.hash',
  /** On services: digest of everything that the stack says of one, also of what makes no new task. */
  definition: 'bundle.definition',
  /** On services: the folder of the release. */
  folder: 'bundle.folder',
  /** On services: the host with that folder. */
  host: 'bundle.host',
} as const;

/** Says which fields of a service, or of the rest of a Compose file, have no equivalent in a stack. */
export interface StackNote {
  /** Name of the service; absent for networks and volumes. */
  readonly service?: string;
  readonly fields: readonly string[];
}

/** A Compose file as `docker stack deploy` takes it. */
export interface Stack {
  readonly document: Fields;
  readonly notes: readonly StackNote[];
  readonly services: ReadonlyMap<string, PlannedService>;
}

export interface PlannedService {
  /** Digest of what makes a task. */
  readonly hash: string;
  /** Digest of everything that the stack says of it. */
  readonly definition: string;
  /** `replicated`, `global`, `replicated-job`, `global-job`. */
  readonly mode: string;
  /** Undefined for one on each node. */
  readonly replicas: number | undefined;
}

export interface StackInput {
  /** Name of the stack. */
  readonly name: string;
  readonly folder: string;
  readonly host: string;
  /** References that the nodes know, by service. */
  readonly images: ReadonlyMap<string, string>;
  readonly mounted: MountedFiles;
  /** Files of configs and secrets by their names in the project, with names that hold a digest. */
  readonly configs: ReadonlyMap<string, { readonly name: string; readonly file: string }>;
  readonly secrets: ReadonlyMap<string, { readonly name: string; readonly file: string }>;
}

/** Converts a resolved project into a stack. What a stack cannot say is left out and named in the notes. */
export function stackOf(project: ResolvedDocument, input: StackInput): Stack {
  const notes: StackNote[] = [];
  const services = new Map<string, PlannedService>();
  const converted = Object.entries(project.services).map(([name, definition]) => {
    const image = input.images.get(name) ?? String(definition['image'] ?? '');
    const { service, dropped } = stackService(definition, image, input.mounted);
    if (dropped.length > 0) notes.push({ service: name, fields: dropped });
    const { deploy, ...task } = service;
    const { replicas, mode = 'replicated', labels, ...policy } = fieldsOf(deploy);
    const used = usedNames(task, input);
    const hash = hashOf([
      {
        ...{ task, placement: policy['placement'], resources: policy['resources'] },
        // Swarm replaces the tasks when one of these changes, too.
        ...pick(policy, ['restart_policy', 'endpoint_mode']),
        // Left out of the JSON for most, whose tasks then stay as they are.
        mode: mode === 'replicated' ? undefined : mode,
      },
      used,
    ]);
    const whole = hashOf([service, used]);
    const isCounted = mode === 'replicated' || mode === 'replicated-job';
    services.set(name, {
      hash,
      definition: whole,
      mode: String(mode),
      replicas: isCounted ? (typeof replicas === 'number' ? replicas : 1) : undefined,
    });
    const ownLabels = { ...fieldsOf(service['labels']), [stackLabels.hash]: hash };
    const serviceLabels = {
      ...fieldsOf(labels),
      [stackLabels.definition]: whole,
      [stackLabels.folder]: input.folder,
      [stackLabels.host]: input.host,
    };
    return [
      name,
      { ...service, labels: ownLabels, deploy: { ...fieldsOf(deploy), labels: serviceLabels } },
    ] as const;
  });
  const bound = [...input.mounted.files.values()].flat();
  const networks = networksOf(project, input.name);
  if (networks.dropped.length > 0) notes.push({ fields: networks.dropped });
  const document = {
    services: Object.fromEntries(converted),
    ...pick(
      {
        networks: networks.networks,
        volumes: volumesOf(project, input.name),
        configs: {
          ...filesOf(project.configs, input.configs),
          ...Object.fromEntries(bound.map(({ name, file }) => [name, { name, file }])),
        },
        secrets: filesOf(project.secrets, input.secrets),
      },
      ['networks', 'volumes', 'configs', 'secrets'],
    ),
  };
  // `docker stack deploy` fills in variables again.
  const escaped = mapStrings(document, (text) => text.replaceAll('$', '$$$$'));
  return { document: fieldsOf(escaped), notes, services };
}

/** Lists the names of the configs and secrets that a task uses, which hold their digests. */
function usedNames(task: Fields, { configs, secrets }: StackInput) {
  const names = (uses: unknown, files: StackInput['configs']) =>
    listOf(uses).map((use) => files.get(String(fieldsOf(use)['source']))?.name);
  return [names(task['configs'], configs), names(task['secrets'], secrets)];
}

function hashOf(said: unknown): string {
  return createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 16);
}

/** Converts the networks: a stack makes its own overlay networks, so a bridge becomes one. */
function networksOf({ networks }: ResolvedDocument, stack: string) {
  const dropped: string[] = [];
  const converted = Object.entries(networks).map(([key, network]) => {
    const { driver, name, enable_ipv6 } = network;
    if (enable_ipv6 === true) dropped.push(`networks.${key}.enable_ipv6`);
    if (network['external'] === true) return [key, pick(network, ['external', 'name'])];
    const ipam = stackIpam(key, network['ipam']);
    dropped.push(...ipam.dropped);
    const isLocal = driver === 'bridge' || driver === undefined || driver === null;
    if (isLocal && !isEmpty(network['driver_opts'])) dropped.push(`networks.${key}.driver_opts`);
    return [
      key,
      {
        ...pick(network, ['internal', 'attachable', 'labels']),
        ...pick(ipam, ['ipam']),
        ...(isLocal ? {} : pick(network, ['driver', 'driver_opts'])),
        ...(name === undefined || name === `${stack}_${key}` ? {} : { name }),
      },
    ];
  });
  return { networks: Object.fromEntries(converted), dropped };
}

/** Converts the addresses of a network: of its ranges, a stack has only the subnets. */
function stackIpam(network: string, written: unknown) {
  const ipam = fieldsOf(written);
  const ranges = listOf(ipam['config']).map(fieldsOf);
  const others = ranges.flatMap((range) =>
    Object.keys(range).filter((name) => name !== 'subnet' && !isEmpty(range[name])),
  );
  const config = ranges.map((range) => pick(range, ['subnet'])).filter((one) => !isEmpty(one));
  return {
    ipam: { ...pick(ipam, ['driver']), ...(isEmpty(config) ? {} : { config }) },
    dropped: [
      ...(isEmpty(ipam['options']) ? [] : [`networks.${network}.ipam.options`]),
      ...[...new Set(others)].map((name) => `networks.${network}.ipam.config.${name}`),
    ],
  };
}

function volumesOf({ volumes }: ResolvedDocument, stack: string): Fields {
  return Object.fromEntries(
    Object.entries(volumes).map(([key, volume]) => {
      const { name } = volume;
      if (volume['external'] === true) return [key, pick(volume, ['external', 'name'])];
      const own = name === undefined || name === `${stack}_${key}` ? {} : { name };
      return [key, { ...pick(volume, ['driver', 'driver_opts', 'labels']), ...own }];
    }),
  );
}

function filesOf(
  all: ResolvedDocument['configs'],
  files: ReadonlyMap<string, { readonly name: string; readonly file: string }>,
): Fields {
  return Object.fromEntries(
    Object.entries(all).map(([key, one]) => {
      const found = files.get(key);
      return [key, found ?? pick(one, ['external', 'name'])];
    }),
  );
}
