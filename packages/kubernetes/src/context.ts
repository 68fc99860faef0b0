import type { ConvertOptions } from './application.ts';
import type { MountContext } from './mounts.ts';
import { dnsLabel } from './names.ts';
import type { ServicePort } from './ports.ts';

/** An object of the Kubernetes API. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: { readonly name?: string };
}

/** What the conversion of every service needs. */
export interface Context extends MountContext {
  readonly options: ConvertOptions;
  readonly labels: ReadonlyMap<string, string>;
  /** Services that end, and that others wait for. */
  readonly jobs: ReadonlySet<string>;
  readonly ports: Map<string, readonly ServicePort[]>;
}

/** Returns the name of a service in the cluster. */
export function labelOf(name: string, { labels }: Pick<Context, 'labels'>): string {
  return labels.get(name) ?? dnsLabel(name);
}
