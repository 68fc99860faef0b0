import { BlockList, isIP } from 'node:net';

/** The registry of names without one; its API has another host. */
export const dockerHub = 'docker.io';
const hubApi = 'registry-1.docker.io';
/** Names of Docker Hub in configuration files; the first is what `docker login` writes. */
const hubNames = new Set(['index.docker.io', dockerHub, hubApi]);

/** Returns the host and port that answer the API of a registry. */
export function apiHost(registry: string): string {
  return registry === dockerHub ? hubApi : registry;
}

/** Returns the registry that a key of Docker's configuration means: `https://index.docker.io/v1/`, `quay.io`. */
export function registryOfKey(key: string): string {
  const [host = ''] = key.replace(/^https?:\/\//, '').split('/');
  return hubNames.has(host) ? dockerHub : host.toLowerCase();
}

/** Returns the key under which Docker keeps the credentials of a registry. */
export function keyOfRegistry(registry: string): string {
  return registry === dockerHub ? 'https://index.docker.io/v1/' : registry;
}

/** Splits `HOST:PORT` and `[IPV6]:PORT`; without the brackets. */
export function hostnameOf(host: string): string {
  return /^\[(.*)\](?::\d+)?$/.exec(host)?.[1] ?? host.replace(/:\d+$/, '');
}

export function isLoopback(host: string): boolean {
  const name = hostnameOf(host);
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

/** Tells whether a host is in a list of `HOST`, `HOST:PORT` and CIDR ranges, as in Docker's `insecure-registries`. */
export function isListed(host: string, list: readonly string[]): boolean {
  const name = hostnameOf(host);
  return list.some((entry) => {
    const [network = '', prefix] = entry.split('/');
    const kind = isIP(network);
    if (prefix === undefined || kind === 0)
      return entry === host || entry === name || entry === `[${name}]`;
    if (isIP(name) !== kind) return false;
    const range = new BlockList();
    const family = kind === 4 ? 'ipv4' : 'ipv6';
    try {
      range.addSubnet(network, Number(prefix), family);
    } catch {
      // A range that is not valid covers nothing.
      return false;
    }
    return range.check(name, family);
  });
}
