import type { ProjectContainer } from '@bundle/engine';

/** An address of a running application that a browser can open. */
export interface WebAddress {
  readonly service: string;
  readonly url: string;
}

/** Ports that containers use for something other than HTTP: shells, mail, directories, databases and queues. */
const otherProtocols: ReadonlySet<number> = new Set([
  21, 22, 23, 25, 53, 110, 143, 389, 465, 587, 636, 993, 995, 1433, 1521, 1883, 2181, 3306, 3389,
  4222, 5432, 5671, 5672, 5900, 6379, 6380, 8883, 9042, 9092, 9300, 11_211, 26_379, 27_017, 27_018,
  27_019, 50_051, 61_616,
]);

const tlsPorts: ReadonlySet<number> = new Set([443, 6443, 8443, 9443]);

/** Those of a front page come first. */
const webPorts: readonly number[] = [443, 80, 8443, 8080, 8000, 3000, 5000];

/**
 * Lists the web addresses that running containers publish, the likely front page first. `host`: name or address of the
 * engine's machine, for ports that are open to others.
 */
export function webAddresses(
  containers: readonly Pick<ProjectContainer, 'service' | 'state' | 'published'>[],
  host: string,
): readonly WebAddress[] {
  const ports = containers
    .filter(({ state }) => state === 'running')
    .flatMap(({ service, published }) => published.map((one) => ({ service, ...one })))
    .filter(({ protocol, target }) => protocol === 'tcp' && !otherProtocols.has(target))
    .sort((a, b) => rankOf(a.target) - rankOf(b.target) || a.port - b.port);
  const byUrl = new Map(ports.map((one) => [urlOf(one, host), one.service]));
  return [...byUrl].map(([url, service]) => ({ service, url }));
}

function rankOf(target: number): number {
  const rank = webPorts.indexOf(target);
  return rank === -1 ? webPorts.length : rank;
}

function urlOf(
  { address, port, target }: ProjectContainer['published'][number],
  host: string,
): string {
  const scheme = tlsPorts.has(target) ? 'https' : 'http';
  const name = address === '' ? host : address;
  const suffix = port === (scheme === 'https' ? 443 : 80) ? '' : `:${port}`;
  return `${scheme}://${name.includes(':') ? `[${name}]` : name}${suffix}`;
}
