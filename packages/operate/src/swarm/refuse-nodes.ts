import type { SwarmNode } from '@bundle/engine/stacks';
import { BundleError, hasIpv6Registry } from '@bundle/format';

type NamedNode = Pick<SwarmNode, 'name' | 'version' | 'refusesIpv6Names'>;

/**
 * Fails with `engine-too-old` if images are to be pulled from an IPv6 address, and the engine of a node does not take
 * such names.
 */
export function refuseNodes(nodes: readonly NamedNode[], registry: string): void {
  if (!hasIpv6Registry(registry)) return;
  const old = nodes.filter(({ refusesIpv6Names }) => refusesIpv6Names);
  if (old.length === 0) return;
  throw new BundleError('engine-too-old', {
    operation: 'looking for nodes that take images from',
    subject: registry,
    expected: 'Docker 25 or later on each node, for names of images with an IPv6 address',
    found: old.map(({ name, version }) => `${name} with Docker ${version}`).join(', '),
    hint: 'Update the engines of these nodes, or name the registry by a host name that all nodes know.',
  });
}
