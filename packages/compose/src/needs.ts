import { paths } from '@bundle/format';
import { parseYamlDocument } from '@bundle/format/yaml';
import { z } from 'zod';
import { type PublishedPort, publishedPorts } from './published-ports.ts';
import { type Lookup, mapStrings, tryInterpolate } from './template.ts';
import { isRequired, variablesOf } from './variables.ts';

/** What an application takes of a host, as its Compose file says. */
export interface ComposeNeeds {
  /** Those that Compose starts: without profiles, or with one that is wanted. Absent for a file that cannot be read. */
  readonly services?: readonly string[];
  readonly ports: readonly PublishedPort[];
  /** Names that containers, networks and volumes get, or must have already. */
  readonly names: readonly {
    readonly kind: 'container' | 'network' | 'volume';
    readonly name: string;
    readonly external: boolean;
  }[];
  /** Of one container of each service. */
  readonly limits: readonly {
    readonly service: string;
    readonly memoryBytes?: number;
    readonly cpus?: number;
  }[];
  /** Variables that must have a value and have none. */
  readonly unset: readonly string[];
}

const text = z.coerce.string();
const portSchema = z.union([
  z.looseObject({
    published: text.optional(),
    host_ip: text.optional(),
    protocol: text.optional(),
    target: z.unknown(),
  }),
  text,
]);
const limitSchema = z.looseObject({ memory: text.nullish(), cpus: text.nullish() }).nullish();
const serviceSchema = z.looseObject({
  container_name: text.nullish(),
  profiles: z.array(text).nullish(),
  ports: z.array(portSchema).nullish(),
  mem_limit: text.nullish(),
  cpus: text.nullish(),
  deploy: z.looseObject({ resources: z.looseObject({ limits: limitSchema }).nullish() }).nullish(),
});
type Service = z.output<typeof serviceSchema>;
const external = z.union([z.boolean(), z.looseObject({ name: text.optional() })]).nullish();
const definitions = z
  .record(z.string(), z.looseObject({ name: text.nullish(), external }).nullable())
  .nullish();
const composeSchema = z.looseObject({
  services: z.record(z.string(), serviceSchema.nullable()),
  networks: definitions,
  volumes: definitions,
});

/** Reads a Compose file for what it takes of a host. What cannot be read is for Compose to report, so it takes nothing. */
export function composeNeeds(composeText: string, product: string, lookup: Lookup): ComposeNeeds {
  const { value } = parseYamlDocument(composeText, paths.compose);
  const unset = variablesOf(value)
    .filter((variable) => isRequired(variable) && !lookup(variable.name))
    .map(({ name }) => name);
  const resolved = mapStrings(value, (part) => tryInterpolate(part, lookup) ?? '');
  const parsed = composeSchema.safeParse(resolved);
  if (!parsed.success) return { ports: [], names: [], limits: [], unset };
  const wanted = (lookup('COMPOSE_PROFILES') ?? '').split(',');
  const services = Object.entries(parsed.data.services)
    .map(([name, service]) => ({ name, service: service ?? {} }))
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
      ...namesOf('network', { default: null, ...parsed.data.networks }, product),
      ...namesOf('volume', parsed.data.volumes ?? {}, product),
    ],
    limits: services.map(({ name, service }) => ({ service: name, ...limitsOf(service) })),
    unset,
  };
}

function isActive({ profiles }: Service, wanted: readonly string[]): boolean {
  if (!profiles || profiles.length === 0 || wanted.includes('*')) return true;
  return profiles.some((profile) => wanted.includes(profile));
}

function namesOf(
  kind: 'network' | 'volume',
  defined: NonNullable<z.output<typeof definitions>>,
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

function limitsOf({ mem_limit, cpus, deploy }: Service): { memoryBytes?: number; cpus?: number } {
  const limits = deploy?.resources?.limits;
  const memoryBytes = bytesOf(limits?.memory ?? mem_limit ?? '');
  const number = Number(limits?.cpus ?? cpus ?? Number.NaN);
  return {
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(number > 0 ? { cpus: number } : {}),
  };
}

/** `512m`, `2gb`: powers of 1024, as Compose reads them. */
function bytesOf(size: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)b?$/i.exec(size.trim());
  if (match === null) return undefined;
  const [, number = '', unit = ''] = match;
  return Number(number) * 1024 ** ' kmgt'.indexOf(unit.toLowerCase() || ' ');
}
