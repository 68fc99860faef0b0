import type { ResolvedProject } from '@bundle/compose';
import type { ProjectContainer } from '@bundle/engine';

/**
 * Returns the reason why a service cannot briefly run in two containers, although its Compose file asks for it;
 * undefined if it can.
 */
export function whyNotTwice(
  { services }: ResolvedProject,
  name: string,
  replicas: number,
  containers: readonly ProjectContainer[],
): string | undefined {
  const service = services[name];
  if (service === undefined) return 'it no longer exists';
  const { ports, container_name, network_mode, networks, healthcheck, volumes } = service;
  const hasCheck = healthcheck ? healthcheck.disable !== true : containers.some((c) => c.health);
  const fixed = Object.values(networks ?? {}).some((n) => n?.ipv4_address ?? n?.ipv6_address);
  const joined = Object.values(services).some((one) => one.network_mode === `service:${name}`);
  // The service says so, or its image. Compose hands such a volume over when it replaces the container.
  const isUnnamed =
    (volumes ?? []).some(({ type, source }) => type === 'volume' && !source) ||
    containers.some(({ anonymousVolumes }) => anonymousVolumes !== undefined);
  if (replicas !== 1) return `it has ${replicas} containers`;
  if ((ports ?? []).length > 0) return 'it publishes a port';
  if (container_name !== undefined) return 'it has a container_name';
  if (network_mode !== undefined) return 'it has a network_mode';
  if (fixed) return 'it has a fixed address';
  if (joined) return 'another service uses its network';
  if (isUnnamed) return 'it keeps data in a volume without a name';
  if (!hasCheck) return 'it has no health check to tell when the new container is ready';
  return undefined;
}

/** Returns lines for /etc/hosts that make a neighbour find this container and no other of its service. */
export function hostsLines(neighbour: ProjectContainer, target: ProjectContainer): string[] {
  return target.networks.flatMap(({ name, address, aliases }) => {
    if (address === '' || !neighbour.networks.some((one) => one.name === name)) return [];
    return [`${address} ${[...new Set([target.service, ...aliases])].join(' ')}`];
  });
}
