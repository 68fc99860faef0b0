import type { Mount } from './mounts.ts';
import { readProject } from './project.ts';
import { type Lookup, tryInterpolate } from './template.ts';

/**
 * Returns a function that finds the source of a mount as written in the Compose file: with its variables, so without
 * values of `.env` and without this machine's folders. The document is read once, for all mounts.
 */
export function writtenSources(
  document: unknown,
  lookup: Lookup,
): (mount: Mount) => string | undefined {
  const { configs, secrets, services = {} } = readProject(document) ?? {};
  // A service that extends another inherits its mounts.
  const ofAll = Object.values(services).flatMap(({ volumes }) => volumes ?? []);
  return ({ kind, service, target: wanted }) => {
    if (kind === 'config') return configs?.[wanted]?.file ?? undefined;
    if (kind === 'secret') return secrets?.[wanted]?.file ?? undefined;
    const isIt = ({ source, target }: (typeof ofAll)[number]): boolean =>
      Boolean(source) && tryInterpolate(target, lookup) === wanted;
    const found = services[service]?.volumes?.find(isIt) ?? ofAll.find(isIt);
    return found?.source;
  };
}
