import type { ResolvedDocument } from './documents.ts';

/** Swarm takes names that can be part of a DNS name (swarmkit, controlapi/common.go): no dot, and 63 letters at most. */
const takenName = /^[a-zA-Z0-9](?:[-_]*[a-zA-Z0-9]+)*$/;
const maxLength = 63;

/** Lists the names of services and networks of a stack that Compose takes and Swarm refuses. */
export function refusedNames({ services, networks }: ResolvedDocument, stack: string): string[] {
  const own = Object.entries(networks).filter(([, network]) => network['external'] !== true);
  return [
    ...Object.keys(services).map((key) => `${stack}_${key}`),
    ...own.map(([key, { name }]) => (typeof name === 'string' ? name : `${stack}_${key}`)),
  ].filter((name) => name.length > maxLength || !takenName.test(name));
}
