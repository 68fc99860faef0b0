import type { KubernetesObject } from './context.ts';
import type { Conversion } from './convert.ts';
import { yamlText } from './yaml-text.ts';

/** The list that kustomize and `kubectl apply -k` begin with. */
export const kustomizationFile = 'kustomization.yaml';

/** Writes the objects of a conversion: one file each, and the list of them. */
export function manifestFiles(
  { objects }: Pick<Conversion, 'objects'>,
  namespace: string | undefined,
): Map<string, string> {
  const files = new Map(objects.map((object) => [fileOf(object), yamlText(object)]));
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    ...(namespace === undefined ? {} : { namespace }),
    resources: [...files.keys()],
  };
  return new Map([
    [kustomizationFile, yamlText(kustomization, ' Made by `bundle convert kubernetes`.')],
    ...files,
  ]);
}

function fileOf({ kind, metadata }: KubernetesObject): string {
  return `${metadata?.name ?? ''}-${kind.toLowerCase()}.yaml`;
}
