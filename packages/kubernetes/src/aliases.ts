import type { Findings } from './findings.ts';
import { dnsLabel } from './names.ts';
import type { Service } from './service-schema.ts';

/**
 * Lists further names under which others reach services: aliases, names of containers, and links; each with the service
 * that has it. A name that two services have stays with the first.
 */
export function aliasesOf(
  services: ReadonlyMap<string, Service>,
  labels: ReadonlyMap<string, string>,
  findings: Findings,
): Map<string, string> {
  const taken = new Set(labels.values());
  const found = new Map<string, string>();
  const add = (alias: string, service: string, path: readonly PropertyKey[]): void => {
    if (alias === service || found.get(alias) === service || !services.has(service)) return;
    if (dnsLabel(alias) !== alias) findings.notMapped(path, 'the name of a Service is a DNS label');
    else if (labels.get(service) !== alias && (taken.has(alias) || found.has(alias))) {
      findings.notMapped(path, 'another service has this name');
    } else if (labels.get(service) !== alias) found.set(alias, service);
  };
  for (const [name, { container_name, networks, links }] of services) {
    const path = ['services', name];
    if (container_name) add(container_name, name, [...path, 'container_name']);
    for (const [network, settings] of Object.entries(networks ?? {})) {
      for (const alias of settings?.aliases ?? []) {
        add(alias, name, [...path, 'networks', network, 'aliases']);
      }
    }
    for (const [index, link] of (links ?? []).entries()) {
      const [service = '', alias = service] = link.split(':');
      add(alias, service, [...path, 'links', index]);
    }
  }
  return found;
}
