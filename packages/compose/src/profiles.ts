import { type ComposeProject, isActive } from './project.ts';
import { publishedPorts } from './published-ports.ts';
import { type ComposeService, isIdle } from './service.ts';

/** The variable that chooses profiles, on every host in the same way (Compose specification, profiles). */
export const profilesVariable = 'COMPOSE_PROFILES';

/** A profile, and the services that start with it. */
export interface Profile {
  readonly name: string;
  readonly services: readonly string[];
}

/** Splits a list of profiles as Compose does. */
export function profileNames(list: string | undefined): string[] {
  const names = (list ?? '').split(',').map((name) => name.trim());
  return [...new Set(names)].filter((name) => name !== '');
}

/** Lists the profiles of a project, sorted by name. */
export function profilesOf({ services }: Pick<ComposeProject, 'services'>): Profile[] {
  const found = new Map<string, string[]>();
  for (const [service, { profiles }] of Object.entries(services)) {
    for (const name of profiles ?? []) found.set(name, [...(found.get(name) ?? []), service]);
  }
  return [...found]
    .map(([name, of]) => ({ name, services: of }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Two services that cannot run at once. */
export interface Clash {
  readonly services: readonly [string, string];
  /** What both want: `container NAME` or `port NUMBER/PROTOCOL`. */
  readonly over: string;
}

/** Finds services that want one container name or one port of the host, of those that start with these profiles. */
export function clashes(
  { services }: Pick<ComposeProject, 'services'>,
  profiles: readonly string[] = ['*'],
): Clash[] {
  const active = Object.entries(services).filter(
    ([, service]) => isActive(service, profiles) && !isIdle(service),
  );
  const wanted = active.map(([name, service]) => ({ name, wants: wantsOf(name, service) }));
  return wanted.flatMap(({ name, wants }, index) =>
    wanted.slice(index + 1).flatMap((other): Clash[] => {
      const over = wants.find((one) => other.wants.includes(one));
      return over === undefined ? [] : [{ services: [name, other.name], over }];
    }),
  );
}

function wantsOf(name: string, { container_name, ports }: ComposeService): string[] {
  // Where the engine takes any free port of a range, two services find one each.
  const published = (ports ?? [])
    .flatMap((port) => publishedPorts(name, port))
    .filter(({ choice }) => choice === undefined);
  return [
    ...(container_name ? [`container ${container_name}`] : []),
    ...published.map(({ address, port, protocol }) => `port ${address}:${port}/${protocol}`),
  ];
}

/** Lists, by the name of each profile, those that cannot be chosen beside it. */
export function alternatives(project: Pick<ComposeProject, 'services'>): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  const add = (one: string, other: string): void => {
    found.set(one, (found.get(one) ?? new Set()).add(other));
  };
  for (const { services } of clashes(project)) {
    const [ones = [], others = []] = services.map((name) => project.services[name]?.profiles ?? []);
    // Those that a profile starts together clash whatever is chosen.
    if (ones.some((profile) => others.includes(profile))) continue;
    for (const one of ones) {
      for (const other of others) {
        add(one, other);
        add(other, one);
      }
    }
  }
  return new Map([...found].map(([name, set]) => [name, [...set].sort()]));
}
