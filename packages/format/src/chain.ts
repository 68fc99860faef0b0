import type { Digest } from './digest.ts';
import { digestOf } from './digest-of.ts';

/**
 * Chain IDs of a stack of layers (OCI image-spec, config.md#layer-chainid): the n-th names the file
 * system made of the first n layers, whatever images they are part of.
 */
export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) {
    const parent = chain.at(-1);
    chain.push(parent === undefined ? diffId : digestOf(`${parent} ${diffId}`));
  }
  return chain;
}
