import { labelValue } from './names.ts';

export type Labels = Record<string, string>;

/** Returns the labels by which Kubernetes' tools know an application and its parts. */
export function labelsOf(
  { product, version }: { readonly product: string; readonly version: string },
  service?: string,
): Labels {
  return { ...selectorOf(product, service), 'app.kubernetes.io/version': labelValue(version) };
}

/** Returns those that never change, so that they can select. */
export function selectorOf(product: string, service?: string): Labels {
  return {
    ...(service === undefined ? {} : { 'app.kubernetes.io/name': service }),
    'app.kubernetes.io/part-of': labelValue(product),
  };
}
