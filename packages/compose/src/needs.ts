import { paths } from '@bundle/format';
import { parseYamlDocument } from '@bundle/format/yaml';
import { type Feature, featuresOf } from './features.ts';
import { type NeededFile, neededFiles } from './needed-files.ts';
import { type Clash, clashes, profileNames, profilesVariable } from './profiles.ts';
import { type ComposeProject, isActive, readProject } from './project.ts';
import type { PublishedPort } from './published-ports.ts';
import { type ComposeService, isIdle } from './service.ts';
import { type Lookup, mapStrings, tryInterpolate } from './template.ts';
import { allPublishedPorts, checkServices } from './too-many.ts';
import { type VariablePlace, variablesOf } from './variables.ts';

/** What an application needs from a host according to its Compose file. */
export interface ComposeNeeds {
  /** Services that Compose starts: those without profiles, or with an enabled one. Absent for an unreadable file. */
  readonly services?: readonly string[];
  /** Those that it does not start, and the profiles that would. */
  readonly waiting: readonly { readonly service: string; readonly profiles: readonly string[] }[];
  /** Those that it starts with no container: their scale is 0. */
  readonly idle: readonly string[];
  /** Services that start together and cannot. */
  readonly clashes: readonly Clash[];
  readonly ports: readonly PublishedPort[];
  /** Names of containers, networks and volumes that are created, or must exist already. */
  readonly names: readonly {
    readonly kind: 'container' | 'network' | 'volume';
    readonly name: string;
    readonly external: boolean;
  }[];
  /** For one container of each service. */
  readonly limits: readonly ServiceLimits[];
  /** Fixed subnets of networks on this host that are created, in CIDR notation. */
  readonly subnets: readonly FixedSubnet[];
  /** Files that Compose does not start without; `path` is as the Compose file has it. */
  readonly files: readonly NeededFile[];
  /** What a service asks of the engine beyond running a container. */
  readonly features: readonly Feature[];
  /** Variables that decide a port and have no value yet. */
  readonly unsetPorts: readonly string[];
}

/** Limits of one container. */
export interface ServiceLimits {
  readonly service: string;
  readonly memoryBytes?: number;
  readonly cpus?: number;
  /** Processors that it may use, such as `0-2,4`. */
  readonly cpuset?: string;
  /** Keys of the Compose specification that limit it. */
  readonly keys: readonly LimitKey[];
}

const limitKeys = [
  'mem_limit',
  'memswap_limit',
  'mem_swappiness',
  'oom_kill_disable',
  'cpus',
  'cpu_shares',
  'cpuset',
  'pids_limit',
] as const;
export type LimitKey = (typeof limitKeys)[number];

export interface FixedSubnet {
  /** Name of the network on the engine. */
  readonly network: string;
  readonly subnet: string;
  /** Whether it makes a network of its own, instead of joining one of the host. */
  readonly isBridge: boolean;
}

const nothing: ComposeNeeds = {
  waiting: [],
  idle: [],
  clashes: [],
  ports: [],
  names: [],
  limits: [],
  subnets: [],
  files: [],
  features: [],
  unsetPorts: [],
};

/**
 * Reads what a Compose file needs from a host. Unreadable parts count as needing nothing, because Compose itself
 * reports them. Fails with `compose-invalid` for more services or ports than any application has.
 */
export function composeNeeds(composeText: string, product: string, lookup: Lookup): ComposeNeeds {
  const { value } = parseYamlDocument(composeText, paths.compose);
  checkServices(value, paths.compose);
  const resolved = mapStrings(value, (part) => tryInterpolate(part, lookup) ?? '');
  const project = readProject(resolved);
  if (project === undefined) return nothing;
  const wanted = profileNames(lookup(profilesVariable));
  const services = Object.entries(project.services)
    .map(([name, service]) => ({ name, service }))
    .filter(({ service }) => isActive(service, wanted));
  const { networks, volumes } = usedBy(services, project);
  const running = services.filter(({ service }) => !isIdle(service));
  const ports = allPublishedPorts(
    running.map(({ name, service }) => [name, service]),
    paths.compose,
  );
  const unset = unsetPorts(value, new Set(running.map(({ name }) => name)), lookup);
  return {
    services: services.map(({ name }) => name),
    waiting: Object.entries(project.services).flatMap(([service, definition]) =>
      isActive(definition, wanted) ? [] : [{ service, profiles: definition.profiles ?? [] }],
    ),
    idle: services.flatMap(({ name, service }) => (isIdle(service) ? [name] : [])),
    // Ports whose addresses are not known yet may be different ones.
    clashes: clashes(project, wanted).filter(
      ({ over }) => unset.length === 0 || over.startsWith('container'),
    ),
    ports,
    names: [
      ...running.flatMap(({ service: { container_name: name } }) =>
        name ? [{ kind: 'container' as const, name, external: false }] : [],
      ),
      ...namesOf('network', networks, product),
      ...namesOf('volume', volumes, product),
    ],
    limits: running.map(({ name, service }) => ({ service: name, ...limitsOf(service) })),
    subnets: subnetsOf(networks, product),
    files: neededFiles({
      ...project,
      services: Object.fromEntries(services.map(({ name, service }) => [name, service])),
    }),
    features: featuresOf(running, { networks, volumes }),
    unsetPorts: unset,
  };
}

type Places = NonNullable<ComposeProject['networks']>;

/** Networks and volumes of the services that start: Compose makes no others, and asks for no others. */
function usedBy(
  services: readonly { readonly service: ComposeService }[],
  project: ComposeProject,
): { networks: Places; volumes: Places } {
  const all = { networks: { default: null, ...project.networks }, volumes: project.volumes ?? {} };
  // What a service has from another one is not known here.
  if (services.some(({ service }) => service.extends)) return all;
  const networks = new Set(
    services.flatMap(({ service }) =>
      service.network_mode ? [] : Object.keys(service.networks ?? { default: null }),
    ),
  );
  const volumes = new Set(
    services.flatMap(({ service }) =>
      (service.volumes ?? []).flatMap(({ type, source }) => (type === 'volume' ? [source] : [])),
    ),
  );
  return {
    networks: Object.fromEntries(Object.entries(all.networks).filter(([key]) => networks.has(key))),
    volumes: Object.fromEntries(Object.entries(all.volumes).filter(([key]) => volumes.has(key))),
  };
}

function unsetPorts(document: unknown, services: ReadonlySet<string>, lookup: Lookup): string[] {
  const isPort = ({ path: [top, service, key], operator }: VariablePlace): boolean =>
    top === 'services' &&
    services.has(String(service)) &&
    key === 'ports' &&
    !operator.endsWith('-');
  return variablesOf(document)
    .filter(({ name, places }) => !lookup(name) && places.some(isPort))
    .map(({ name }) => name);
}

function namesOf(
  kind: 'network' | 'volume',
  defined: NonNullable<ComposeProject['networks']>,
  product: string,
): ComposeNeeds['names'] {
  return Object.entries(defined).map(([key, definition]) => {
    const outside = definition?.external;
    const isExternal = outside !== undefined && outside !== null && outside !== false;
    const olderName = typeof outside === 'object' ? outside?.name : undefined;
    // Compose takes an empty one, of a variable that is not set, for none.
    const name = definition?.name || olderName || (isExternal ? key : `${product}_${key}`);
    return { kind, name, external: isExternal };
  });
}

function limitsOf(service: ComposeService): Omit<ServiceLimits, 'service'> {
  const { mem_limit, cpus, cpuset, pids_limit, deploy } = service;
  const limits = deploy?.resources?.limits;
  const all = {
    ...service,
    mem_limit: limits?.memory ?? mem_limit,
    cpus: limits?.cpus ?? cpus,
    pids_limit: limits?.pids ?? pids_limit,
  };
  const memoryBytes = bytesOf(all.mem_limit ?? '');
  const number = Number(all.cpus ?? Number.NaN);
  return {
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(number > 0 ? { cpus: number } : {}),
    ...(cpuset ? { cpuset } : {}),
    keys: limitKeys.filter((key) => {
      const value = all[key];
      const isNone = value === '-1' || (value === '0' && key !== 'mem_swappiness');
      return value && !isNone;
    }),
  };
}

function subnetsOf(networks: Places, product: string): FixedSubnet[] {
  return Object.entries(networks).flatMap(([key, definition]) => {
    const driver = definition?.driver || 'bridge';
    // Subnets of a swarm are apart from those of its hosts.
    if (!definition || definition.external || driver === 'overlay') return [];
    const network = definition.name || `${product}_${key}`;
    return (definition.ipam?.config ?? []).flatMap(({ subnet }) =>
      subnet ? [{ network, subnet, isBridge: driver === 'bridge' }] : [],
    );
  });
}

/** Parses sizes such as `512m` and `2gb`; units are powers of 1024, as in Compose. */
function bytesOf(size: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)b?$/i.exec(size.trim());
  if (match === null) return undefined;
  const [, number = '', unit = ''] = match;
  return Number(number) * 1024 ** ' kmgt'.indexOf(unit.toLowerCase() || ' ');
}
