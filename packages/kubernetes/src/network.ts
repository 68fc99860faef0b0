import type { IIngress } from 'kubernetes-models/networking.k8s.io/v1';
import type { IService, IServicePort } from 'kubernetes-models/v1';
import type { IngressRule, ServiceType } from './application.ts';
import { labelsOf, selectorOf } from './labels.ts';
import { dnsLabel, workloadName } from './names.ts';
import type { ServicePort } from './ports.ts';

interface Release {
  readonly product: string;
  readonly version: string;
}

/**
 * Makes the Service by which others reach a service under a name. One without known ports is headless: any port then
 * reaches its pods, as in a network of Compose.
 */
export function innerService(
  release: Release,
  label: string,
  name: string,
  ports: readonly ServicePort[],
): IService {
  const inner = new Map(
    ports.map(({ target, protocol }) => [
      `${target}/${protocol}`,
      { name: portName(target, protocol), port: target, protocol, targetPort: target },
    ]),
  );
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels: labelsOf(release, label) },
    spec: {
      ...(inner.size === 0 ? { clusterIP: 'None' } : { ports: [...inner.values()] }),
      selector: selectorOf(release.product, label),
    },
  };
}

/** Makes the Service with the ports that the Compose file publishes; undefined where it publishes none. */
export function outerService(
  release: Release,
  label: string,
  name: string,
  ports: readonly ServicePort[],
  type: Exclude<ServiceType, 'ClusterIP'>,
): IService | undefined {
  const outer = new Map<string, IServicePort>();
  for (const { target, protocol, published } of ports) {
    if (published === undefined) continue;
    const isNodePort = type === 'NodePort' && published >= 30_000 && published <= 32_767;
    outer.set(`${published}/${protocol}`, {
      name: portName(published, protocol),
      port: published,
      protocol,
      targetPort: target,
      ...(isNodePort ? { nodePort: published } : {}),
    });
  }
  if (outer.size === 0) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels: labelsOf(release, label) },
    spec: { type, ports: [...outer.values()], selector: selectorOf(release.product, label) },
  };
}

function portName(port: number, protocol: string): string {
  return `${protocol.toLowerCase()}-${port}`;
}

/** Makes the Ingress of an application. */
export function ingressOf(
  release: Release,
  rules: readonly (IngressRule & { readonly label: string; readonly port: number })[],
): IIngress {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: workloadName(dnsLabel(release.product)), labels: labelsOf(release) },
    spec: {
      rules: rules.map(({ host, label, port }) => ({
        host,
        http: {
          paths: [
            {
              path: '/',
              pathType: 'Prefix',
              backend: { service: { name: label, port: { number: port } } },
            },
          ],
        },
      })),
    },
  };
}
