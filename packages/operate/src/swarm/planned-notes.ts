import {
  isActive,
  type Lookup,
  mapStrings,
  profileNames,
  profilesVariable,
  publishedPorts,
  readProject,
  resolvedSchema,
  type StackNote,
  stackOf,
  tryInterpolate,
} from '@bundle/compose';
import { paths } from '@bundle/format';
import { parseYamlDocument } from '@bundle/format/yaml';

/**
 * Lists what a stack will not have of a packed Compose file, before its settings are written anywhere. `docker compose
 * config` decides at the start, and may find more in fields with variables that have no value yet.
 */
export function plannedNotes(compose: string, lookup: Lookup): readonly StackNote[] {
  const { value } = parseYamlDocument(compose, paths.compose);
  const filled = mapStrings(value, (text) => tryInterpolate(text, lookup) ?? text);
  const project = resolvedSchema.safeParse(filled).data;
  if (project === undefined) return [];
  const wanted = profileNames(lookup(profilesVariable));
  const known = readProject(filled)?.services ?? {};
  const services = Object.entries(project.services)
    .filter(([name]) => isActive(known[name] ?? {}, wanted))
    .map(([name, { ports, ...rest }]) => [
      name,
      Array.isArray(ports) ? { ...rest, ports: ports.flatMap(longPorts) } : rest,
    ]);
  const none = { images: new Map(), configs: new Map(), secrets: new Map() };
  const mounted = { files: new Map(), here: new Set<string>(), node: '' };
  const place = { name: '', folder: '', host: '' };
  const input = { ...place, ...none, mounted };
  return stackOf({ ...project, services: Object.fromEntries(services) }, input).notes;
}

/** Writes a port out as `docker compose config` does. */
function longPorts(port: unknown): unknown[] {
  if (typeof port !== 'string') return [port];
  const [, first, last] = /(\d+)(?:-(\d+))?(?:\/\w+)?$/.exec(port) ?? [];
  const published = publishedPorts('', port).map(({ address, port: number }, index) => ({
    ...{ host_ip: address, published: String(number) },
    target: Number(first) + (last === undefined ? 0 : index),
  }));
  const [one] = published;
  if (one === undefined || last !== undefined || published.length === 1) return published;
  // Any of these for the only port inside.
  return [{ ...one, published: `${one.published}-${published.at(-1)?.published}` }];
}
