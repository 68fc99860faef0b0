import type { PublishedPort } from '@bundle/compose';
import { type Check, ownerText, type PreflightFacts } from './checks.ts';

/** Two addresses of one port get in each other's way when they are the same, or when one is every address. */
function meet(a: string, b: string): boolean {
  const [one, other] = [a, b].map((address) => (/^(0\.0\.0\.0|::)?$/.test(address) ? '' : address));
  return one === other || one === '' || other === '';
}

export type PortFacts = Pick<PreflightFacts, 'inventory' | 'listening' | 'project'> & {
  readonly needs: { readonly ports: readonly PublishedPort[] };
};

/** What stands in the way of ports that are to be published, in words. */
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
    // The engine itself listens for containers; those of this product make room for the new ones.
    if (own.some(({ ports }) => has(ports, wanted))) return [];
    const socket = listening?.find(
      (one) => one.port === port && one.protocol === protocol && meet(one.address, address),
    );
    return socket === undefined ? [] : [`${what} ${socket.process ?? 'a process of this host'}`];
  });
}

export function portChecks(facts: PortFacts): Check {
  const { needs, listening } = facts;
  const problems = takenPorts(facts);
  const ports = needs.ports.map(({ port, protocol }) => `${port}/${protocol}`).join(', ');
  if (problems.length > 0) {
    const hint =
      'Stop what has the port, or publish another one (the Compose file or a setting in env.example says which).';
    return { name: 'ports', result: 'fail', found: problems.join('; '), hint };
  }
  if (needs.ports.length === 0) {
    return { name: 'ports', result: 'pass', found: 'none is published' };
  }
  if (listening === undefined) {
    const hint = 'Only containers were looked at: see on the engine’s machine what else listens.';
    return { name: 'ports', result: 'warn', found: `${ports}: no container has them`, hint };
  }
  return { name: 'ports', result: 'pass', found: `${ports} free` };
}
