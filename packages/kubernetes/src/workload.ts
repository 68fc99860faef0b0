import type { IDeployment, IStatefulSet } from 'kubernetes-models/apps/v1';
import type { IJob } from 'kubernetes-models/batch/v1';
import type { IPodSpec, IPodTemplateSpec } from 'kubernetes-models/v1';
import { labelsOf, selectorOf } from './labels.ts';
import { shortHash, workloadName } from './names.ts';

export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'Job';

export interface WorkloadParts {
  readonly kind: WorkloadKind;
  readonly release: { readonly product: string; readonly version: string };
  readonly label: string;
  readonly replicas: number;
  readonly pod: IPodSpec;
  /** What the pod has to be started again for, besides its own description. */
  readonly configuration: string;
}

/** Makes the object that runs the pods of a service. */
export function workloadOf(parts: WorkloadParts): IDeployment | IStatefulSet | IJob {
  const { kind, release, label, replicas, pod, configuration } = parts;
  const labels = labelsOf(release, label);
  const selector = { matchLabels: selectorOf(release.product, label) };
  const annotations = { 'checksum/config': shortHash(configuration, 64) };
  // Without the version: a release with the same image does not replace the pods.
  const template: IPodTemplateSpec = {
    metadata: { labels: selector.matchLabels, annotations },
    spec: pod,
  };
  const name = workloadName(label);
  if (kind === 'Job') {
    // As many have to end well, all at once, as in a swarm.
    const count = replicas === 1 ? {} : { completions: replicas, parallelism: replicas };
    const spec = { ...count, template };
    // Neither can be changed, so another Job has another name.
    const made = replicas === 1 ? template : spec;
    const own = workloadName(`${label}-${shortHash(JSON.stringify(made))}`);
    return { apiVersion: 'batch/v1', kind, metadata: { name: own, labels }, spec };
  }
  if (kind === 'StatefulSet') {
    return {
      apiVersion: 'apps/v1',
      kind,
      metadata: { name, labels },
      spec: { replicas, serviceName: label, selector, template },
    };
  }
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, labels },
    spec: { replicas, selector, template },
  };
}
