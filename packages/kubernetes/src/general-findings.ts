import { type Definitions, isExternal } from './definitions.ts';
import type { Findings } from './findings.ts';
import type { Service } from './service-schema.ts';
import type { WorkloadKind } from './workload.ts';

/** Names what a service asks of Compose or Swarm that its workload does otherwise. */
export function serviceFindings(
  name: string,
  service: Service,
  kind: WorkloadKind,
  findings: Findings,
): void {
  const path = ['services', name];
  const { restart, depends_on, deploy, networks } = service;
  if (kind !== 'Job' && (restart === 'no' || restart?.startsWith('on-failure'))) {
    findings.changed([...path, 'restart'], 'Kubernetes starts it again whenever it ends');
  }
  if (Object.keys(depends_on ?? {}).length > 0) {
    findings.notMapped(
      [...path, 'depends_on'],
      'all pods start at once; one that needs another fails and is started again until it is there',
    );
  }
  if (deploy?.mode === 'global' || deploy?.mode === 'global-job') {
    findings.changed([...path, 'deploy', 'mode'], 'its copies are counted, not one for each node');
  }
  for (const key of Object.keys(deploy ?? {})) {
    if (['mode', 'replicas', 'resources'].includes(key) || key.startsWith('x-')) continue;
    findings.notMapped([...path, 'deploy', key], 'it is a setting of Swarm');
  }
  for (const [network, settings] of Object.entries(networks ?? {})) {
    for (const key of Object.keys(settings ?? {})) {
      if (key === 'aliases' || key === 'priority' || key === 'gw_priority') continue;
      findings.notMapped([...path, 'networks', network, key], 'the cluster gives addresses');
    }
  }
}

/** Names what the networks of a project keep apart. */
export function networkFindings(
  services: Iterable<Service>,
  { networks }: Definitions,
  findings: Findings,
): void {
  const kept = new Set(
    [...services]
      .filter(({ network_mode }) => !network_mode)
      .map((service) =>
        Object.keys(service.networks ?? { default: null })
          .sort()
          .join(' '),
      ),
  );
  if (kept.size > 1) {
    findings.notMapped(
      ['networks'],
      'all pods of a namespace reach each other: a NetworkPolicy keeps them apart',
    );
  }
  for (const [name, network] of Object.entries(networks ?? {})) {
    if (network?.['internal'] === true) {
      findings.notMapped(['networks', name, 'internal'], 'a NetworkPolicy keeps pods inside');
    }
    if (network && isExternal(network)) {
      findings.notMapped(['networks', name, 'external'], 'a cluster has one network');
    }
  }
}
