import { BundleError } from '@bundle/format';
import { aliasesOf } from './aliases.ts';
import type { ConvertOptions } from './application.ts';
import { type Context, type KubernetesObject, labelOf } from './context.ts';
import { dnsLabel, shortHash } from './names.ts';
import { ingressOf, innerService, outerService } from './network.ts';
import type { Service } from './service-schema.ts';

/** Makes the Services and the Ingress of an application. Fails with `usage` for an Ingress of an unknown service. */
export function networkObjects(
  services: ReadonlyMap<string, Service>,
  context: Context,
): KubernetesObject[] {
  const { application, options, findings, labels } = context;
  const { manifest } = application;
  const aliases = aliasesOf(services, labels, findings);
  const taken = new Set([...labels.values(), ...aliases.keys()]);
  const objects: KubernetesObject[] = [];
  for (const name of services.keys()) {
    const label = labelOf(name, context);
    const ports = context.ports.get(name) ?? [];
    if (!context.jobs.has(name) || ports.length > 0) {
      objects.push(innerService(manifest, label, label, ports));
    }
    const isInIngress = options.ingress.some(({ service }) => service === name);
    const isPublished = ports.some(({ published }) => published !== undefined);
    if (options.serviceType !== 'ClusterIP') {
      const plain = dnsLabel(`${label}-published`);
      const own = taken.has(plain) ? dnsLabel(`${plain}-${shortHash(label)}`) : plain;
      const outer = outerService(manifest, label, own, ports, options.serviceType);
      if (outer !== undefined) objects.push(outer);
    } else if (isPublished && !isInIngress) {
      findings.notMapped(
        ['services', name, 'ports'],
        'reachable inside the cluster only: --service-type or --ingress publishes it',
      );
    }
  }
  for (const [alias, name] of aliases) {
    const ports = context.ports.get(name) ?? [];
    objects.push(innerService(manifest, labelOf(name, context), alias, ports));
  }
  const rules = options.ingress.map((rule) => ({
    ...rule,
    ...ingressTarget(rule, services, context),
  }));
  return rules.length > 0 ? [...objects, ingressOf(manifest, rules)] : objects;
}

function ingressTarget(
  { service, port }: ConvertOptions['ingress'][number],
  services: ReadonlyMap<string, Service>,
  context: Context,
): { label: string; port: number } {
  const ports = (context.ports.get(service) ?? []).filter(({ protocol }) => protocol === 'TCP');
  const targets = [...new Set(ports.map(({ target }) => target))];
  const [first, second] = port === undefined ? targets : targets.filter((one) => one === port);
  if (services.has(service) && first !== undefined && second === undefined) {
    return { label: labelOf(service, context), port: first };
  }
  throw new BundleError('usage', {
    operation: 'reading --ingress',
    subject: service,
    expected: services.has(service)
      ? `a port: ${targets.join(', ')}`
      : `a service: ${[...services.keys()].join(', ')}`,
    hint: 'Write HOST=SERVICE or HOST=SERVICE:PORT, with a port of the container.',
  });
}
