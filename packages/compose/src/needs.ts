import { paths } from '@bundle/format';
import { parseYamlDocument } from '@bundle/format/yaml';
import { type ComposeProject, isActive, readProject } from './project.ts';
import { type PublishedPort, publishedPorts } from './published-ports.ts';
import type { ComposeService } from './service.ts';
import { type Lookup, mapStrings, tryInterpolate } from './template.ts';

/** What an application needs from a host according to its Compose file. */
export interface ComposeNeeds {
  /** Services that Compose starts: those without profiles, or with an enabled one. Absent for an unreadable file. */
  readonly services?: readonly string[];
  readonly ports: readonly PublishedPort[];
  /** Names of containers, networks and volumes that are created, or must exist already. */
  readonly names: readonly {
    readonly kind: 'container' | 'network' | 'volume';
    readonly name: string;
    readonly external: boolean;
  }[];
  /** For one container of each service. */
  readonly limits: readonly {
    readonly service: string;
    readonly memoryBytes?: number;
    readonly cpus?: number;
  }[];
}

/**
 * Reads what a Compose file needs from a host. Unreadable parts count as needing nothing, because Compose itself
 * reports them.
 */
export function composeNeeds(composeText: string, product: string, lookup: Lookup): ComposeNeeds {
  const { value } = parseYamlDocument(composeText, paths.compose);
  const resolved = mapStrings(value, (part) => tryInterpolate(part, lookup) ?? '');
  const project = readProject(resolved);
  if (project === undefined) return { ports: [], names: [], limits: [] };
  const wanted = (lookup('COMPOSE_PROFILES') ?? '').split(',');
  const services = Object.entries(project.services)
    .map(([name, service]) => ({ name, service }))
    .filter(({ service }) => isActive(service, wanted));
  return {
    services: services.map(({ name }) => name),
    ports: services.flatMap(({ name, service }) =>
      (service.ports ?? []).flatMap((port) => publishedPorts(name, port)),
    ),
    names: [
      ...services.flatMap(({ service: { container_name: name } }) =>
        name ? [{ kind: 'container' as const, name, external: false }] : [],
      ),
      ...namesOf('network', { default: null, ...project.networks }, product),
      ...namesOf('volume', project.volumes ?? {}, product),
    ],
    limits: services.map(({ name, service }) => ({ service: name, ...limitsOf(service) })),
  };
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
    const name = definition?.name ?? olderName ?? (isExternal ? key : `${product}_${key}`);
    return { kind, name, external: isExternal };
  });
}

function limitsOf({ mem_limit, cpus, deploy }: ComposeService): {
  memoryBytes?: number;
  cpus?: number;
} {
  const limits = deploy?.resources?.limits;
  const memoryBytes = bytesOf(limits?.memory ?? mem_limit ?? '');
  const number = Number(limits?.cpus ?? cpus ?? Number.NaN);
  return {
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(number > 0 ? { cpus: number } : {}),
  };
}

/** Parses sizes such as `512m` and `2gb`; units are powers of 1024, as in Compose. */
function bytesOf(size: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)b?$/i.exec(size.trim());
  if (match === null) return undefined;
  const [, number = '', unit = ''] = match;
  return Number(number) * 1024 ** ' kmgt'.indexOf(unit.toLowerCase() || ' ');
}
