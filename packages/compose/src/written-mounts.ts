import { z } from 'zod';
import { boundFolder, type Mount, withoutSlash } from './mounts.ts';
import { readProject } from './project.ts';
import { type Lookup, tryInterpolate } from './template.ts';
import { longVolume } from './volumes.ts';

/** A mount as the Compose file has it. */
export interface WrittenMount {
  /** With its variables, so without any value of `.env`, and without this machine's folders. */
  readonly source: string;
  /** Its entry of `volumes:`, whole; absent for a config or a secret. */
  readonly entry?: unknown;
}

const document = z.object({
  services: z.record(
    z.string(),
    z
      .object({ volumes: z.array(z.unknown()).nullish().catch([]) })
      .nullable()
      .catch(null),
  ),
});

/** Finds mounts in a Compose file as it is written. The document is read once, for all of them. */
export function writtenMounts(
  value: unknown,
  lookup: Lookup,
): (mount: Mount) => WrittenMount | undefined {
  const { configs, secrets, volumes } = readProject(value) ?? {};
  const services = document.safeParse(value).data?.services ?? {};
  const byService = new Map(
    Object.entries(services).map(([name, service]) => [
      name,
      (service?.volumes ?? []).flatMap(bindOf),
    ]),
  );
  // A service that extends another inherits its mounts.
  const ofAll = [...byService.values()].flat();
  return ({ kind, service, target: wanted, volume }) => {
    if (volume !== undefined) {
      const source = boundFolder(volumes?.[volume]);
      return source === undefined ? undefined : { source };
    }
    if (kind !== 'bind' && kind !== 'volume') {
      const source = (kind === 'config' ? configs : secrets)?.[wanted]?.file;
      return source ? { source } : undefined;
    }
    const isIt = ({ target }: { target: string }): boolean =>
      withoutSlash(tryInterpolate(target, lookup) ?? '') === withoutSlash(wanted);
    const found = byService.get(service)?.find(isIt) ?? ofAll.find(isIt);
    return found && { source: found.source, entry: found.entry };
  };
}

/** Returns a function that lists all entries of `volumes:` of a service as written, with those that it inherits. */
export function writtenVolumes(value: unknown): (service: string) => readonly unknown[] {
  const project = readProject(value);
  const services = document.safeParse(value).data?.services ?? {};
  const entriesOf = (service: string, path: readonly string[]): readonly unknown[] => {
    const base = project?.services[service]?.extends?.service;
    const isLoop = base === undefined || base === service || path.includes(base);
    const inherited = isLoop ? [] : entriesOf(base, [...path, service]);
    return [...inherited, ...(services[service]?.volumes ?? [])];
  };
  return (service) => entriesOf(service, []);
}

function bindOf(entry: unknown): { source: string; target: string; entry: unknown }[] {
  const { data } = longVolume.safeParse(entry);
  return data?.source ? [{ source: data.source, target: data.target, entry }] : [];
}
