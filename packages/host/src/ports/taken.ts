import type { PublishedPort } from '@bundle/compose';
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

/** Describes what prevents ports from being published. */
export function takenPorts({ needs, inventory, listening, project: name }: PortFacts): string[] {
  const own = inventory.containers.filter(({ project }) => project === name);
  const others = inventory.containers.filter(({ project }) => project !== name);
  const has = (ports: (typeof own)[number]['ports'], wanted: PublishedPort): boolean =>
    ports.some(
      ({ port, protocol, address }) =>
        port === wanted.port && protocol === wanted.protocol && meet(address, wanted.address),
    );
  return needs.ports.flatMap((wanted) => {
    const { service, port, protocol, address } = wanted;
    const what = `${port}/${protocol} for ${service} is taken by`;
    const container = others.find(({ ports }) => has(ports, wanted));
    if (container !== undefined) {
      return [`${what} the container ${container.name}, ${ownerText(container)}`];
    }
    // The engine itself listens on behalf of containers; the new containers replace those of this product.
    if (own.some(({ ports }) => has(ports, wanted))) return [];
    const socket = listening?.find(
      (one) => one.port === port && one.protocol === protocol && meet(one.address, address),
    );
    return socket === undefined ? [] : [`${what} ${socket.process ?? 'a process of this host'}`];
  });
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
