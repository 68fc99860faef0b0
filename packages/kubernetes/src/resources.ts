import type { IResourceRequirements } from 'kubernetes-models/v1';
import type { Findings } from './findings.ts';
import { byteQuantity, cpuQuantity, sizeBytes } from './quantities.ts';
import type { Service } from './service-schema.ts';

/** Makes the limits and requests of a container. A request above its limit is lowered to it, as Kubernetes refuses it. */
export function resourcesOf(
  name: string,
  service: Service,
  findings: Findings,
): IResourceRequirements | undefined {
  const { limits, reservations } = service.deploy?.resources ?? {};
  const path = ['services', name];
  const read = (
    written: string | null | undefined,
    at: readonly PropertyKey[],
    parse: (text: string) => number | undefined,
  ): number | undefined => {
    if (written === undefined || written === null || written === '') return undefined;
    const amount = parse(written);
    if (amount === undefined) findings.notMapped([...path, ...at], 'its form is not understood');
    return amount === undefined || amount <= 0 ? undefined : amount;
  };
  const numberOf = (text: string): number | undefined =>
    /^\d*\.?\d+$/.test(text) ? Number(text) : undefined;
  const of = (kind: 'limits' | 'reservations') => ['deploy', 'resources', kind];
  const most = {
    memory:
      read(limits?.memory, [...of('limits'), 'memory'], sizeBytes) ??
      read(service.mem_limit, ['mem_limit'], sizeBytes),
    cpu:
      read(limits?.cpus, [...of('limits'), 'cpus'], numberOf) ??
      read(service.cpus, ['cpus'], numberOf),
  };
  const least = {
    memory:
      read(reservations?.memory, [...of('reservations'), 'memory'], sizeBytes) ??
      read(service.mem_reservation, ['mem_reservation'], sizeBytes),
    cpu: read(reservations?.cpus, [...of('reservations'), 'cpus'], numberOf),
  };
  for (const [kind, amounts] of Object.entries({ limits, reservations })) {
    for (const key of Object.keys(amounts ?? {})) {
      if (key === 'cpus' || key === 'memory') continue;
      findings.notMapped(
        [...path, 'deploy', 'resources', kind, key],
        key === 'pids'
          ? 'it is a setting of each node, not of a pod'
          : 'the cluster needs a device plugin, whose resource then goes into resources.limits',
      );
    }
  }
  const capped = {
    memory: least.memory && Math.min(least.memory, most.memory ?? least.memory),
    cpu: least.cpu && Math.min(least.cpu, most.cpu ?? least.cpu),
  };
  const resources = {
    ...section('limits', most),
    ...section('requests', capped),
  };
  return Object.keys(resources).length === 0 ? undefined : resources;
}

function section(
  key: 'limits' | 'requests',
  { memory, cpu }: { memory: number | undefined; cpu: number | undefined },
): IResourceRequirements {
  if (memory === undefined && cpu === undefined) return {};
  return {
    [key]: {
      ...(cpu === undefined ? {} : { cpu: cpuQuantity(cpu) }),
      ...(memory === undefined ? {} : { memory: byteQuantity(memory) }),
    },
  };
}
