import { type PublishedPort, portName } from '@bundle/compose';
import type { Owner, TakenNames } from '@bundle/engine';
import type { ListeningSocket } from './listening.ts';

export interface PortFacts {
  readonly needs: { readonly ports: readonly PublishedPort[] };
  readonly inventory: TakenNames;
  /** Name of the Compose project that publishes them. */
  readonly project: string;
  /** Absent where the engine is on another machine, or where it cannot be determined. */
  readonly listening?: readonly ListeningSocket[];
}

/**
 * Describes what prevents ports from being published. Of a range from which the engine takes any free port, only as many
 * have to be free as the service has containers.
 */
export function takenPorts(facts: PortFacts): string[] {
  const takenBy = userOf(facts);
  const { ports } = facts.needs;
  const fixed = ports.flatMap((wanted) => {
    const user = wanted.choice === undefined ? takenBy(wanted) : undefined;
    return user === undefined
      ? []
      : [`${portName(wanted)} for ${wanted.service} is taken by ${user}`];
  });
  const ranges = Map.groupBy(ports, ({ choice }) => choice);
  return [
    ...fixed,
    ...[...ranges].flatMap(([choice, [one, ...more]]) => {
      if (choice === undefined || one === undefined) return [];
      const free = [one, ...more].filter((wanted) => takenBy(wanted) === undefined).length;
      const { containers } = choice;
      return free >= containers
        ? []
        : [`${portName(one)} for ${one.service}: ${free} free, and ${containers} needed`];
    }),
  ];
}

/** Returns a function that describes what uses a port; undefined for a port that can be published. */
function userOf({ inventory, listening, project: name }: PortFacts) {
  const own = inventory.containers.filter(({ project }) => project === name);
  const others = inventory.containers.filter(({ project }) => project !== name);
  const has = (ports: (typeof own)[number]['ports'], wanted: PublishedPort): boolean =>
    ports.some(
      ({ port, protocol, address }) =>
        port === wanted.port && protocol === wanted.protocol && meet(address, wanted.address),
    );
  return (wanted: PublishedPort): string | undefined => {
    const { port, protocol, address } = wanted;
    const container = others.find(({ ports }) => has(ports, wanted));
    if (container !== undefined) return `the container ${container.name}, ${ownerText(container)}`;
    // The engine itself listens on behalf of containers; the new containers replace those of this product.
    if (own.some(({ ports }) => has(ports, wanted))) return undefined;
    const socket = listening?.find(
      (one) => one.port === port && one.protocol === protocol && meet(one.address, address),
    );
    return socket && (socket.process ?? 'a process of this host');
  };
}

/** Two addresses of one port conflict when they are equal, or when one means every address. */
function meet(a: string, b: string): boolean {
  const [one, other] = [a, b].map((address) => (/^(0\.0\.0\.0|::)?$/.test(address) ? '' : address));
  return one === other || one === '' || other === '';
}

/** Describes the owner of a container, network or volume. */
export function ownerText({ project }: Owner): string {
  return project === undefined ? 'not of a Compose project' : `of the project ${project}`;
}
