import {
  isActive,
  type Lookup,
  mapStrings,
  profileNames,
  profilesVariable,
  publishedPorts,
  type ResolvedDocument,
  readProject,
  resolvedSchema,
  tryInterpolate,
} from '@bundle/compose';
import { paths } from '@bundle/format';
import { parseYamlDocument } from '@bundle/format/yaml';

/**
 * Reads a packed Compose file as far as it is known before its settings are written anywhere, with the services whose
 * profiles are chosen; undefined for text that is none. Variables without a value stay.
 */
export function plannedProject(compose: string, lookup: Lookup): ResolvedDocument | undefined {
  const { value } = parseYamlDocument(compose, paths.compose);
  const filled = mapStrings(value, (text) => tryInterpolate(text, lookup) ?? text);
  const project = resolvedSchema.safeParse(filled).data;
  if (project === undefined) return undefined;
  const wanted = profileNames(lookup(profilesVariable));
  const known = readProject(filled)?.services ?? {};
  const services = Object.entries(project.services)
    .filter(([name]) => isActive(known[name] ?? {}, wanted))
    .map(([name, { ports, ...rest }]) => [
      name,
      Array.isArray(ports) ? { ...rest, ports: ports.flatMap(longPorts) } : rest,
    ]);
  return { ...project, services: Object.fromEntries(services) };
}

/** Writes a port out as `docker compose config` does. */
function longPorts(port: unknown): unknown[] {
  if (typeof port !== 'string') return [port];
  const [, first, last] = /(\d+)(?:-(\d+))?(?:\/\w+)?$/.exec(port) ?? [];
  const published = publishedPorts('', port).map(({ address, port: number, choice }, index) => ({
    ...{ host_ip: address, published: choice?.range ?? String(number) },
    target: Number(first) + (last === undefined ? 0 : index),
  }));
  const [one] = published;
  // Any of a range for the only port inside is one entry.
  return one !== undefined && last === undefined ? [one] : published;
}
