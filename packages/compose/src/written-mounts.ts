import type { Mount } from './mounts.ts';
import { readProject } from './project.ts';
import { type Lookup, tryInterpolate } from './template.ts';

/**
 * The source of a mount as the Compose file has it: with its variables, so without any value of `.env`, and
 * without this machine's folders.
 */
export function writtenSource(document: unknown, mount: Mount, lookup: Lookup): string | undefined {
  const project = readProject(document);
  if (mount.kind === 'config') return project?.configs?.[mount.target]?.file ?? undefined;
  if (mount.kind === 'secret') return project?.secrets?.[mount.target]?.file ?? undefined;
  const services = project?.services ?? {};
  // A service that extends another has its mounts from there.
  const candidates = [services[mount.service], ...Object.values(services)];
  return candidates
    .flatMap((service) => service?.volumes ?? [])
    .find(({ source, target }) => source && tryInterpolate(target, lookup) === mount.target)
    ?.source;
}
