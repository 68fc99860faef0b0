export { deployToHosts } from './deploy/deploy.ts';
export { deployError } from './deploy/outcome.ts';
export * from './deploy/status.ts';
export type * from './deploy/types.ts';
export type { Host } from './hosts/host.ts';
export { parseHosts, readHosts } from './hosts/read-hosts.ts';
