import type { ImageDefaults } from './application.ts';
import type { Findings } from './findings.ts';
import type { PortEntry, Service } from './service-schema.ts';

/** A port of a container; `published` on the host, where the Compose file says so. */
export interface ServicePort {
  readonly target: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly published?: number;
}

/** No application has as many at once; each becomes an entry of its own. */
const mostOfRange = 100;

/** Lists the ports of a service: published ones, `expose`, and those that its image names. */
export function portsOf(
  name: string,
  { ports, expose }: Service,
  image: ImageDefaults | undefined,
  findings: Findings,
): ServicePort[] {
  const found = new Map<string, ServicePort>();
  const add = (port: ServicePort): void => {
    const key = `${port.target}/${port.protocol}/${port.published ?? ''}`;
    if (port.published !== undefined) found.delete(`${port.target}/${port.protocol}/`);
    const isKnown = [...found.values()].some(
      ({ target, protocol }) => target === port.target && protocol === port.protocol,
    );
    if (port.published !== undefined || !isKnown) found.set(key, port);
  };
  for (const [index, entry] of (ports ?? []).entries()) {
    for (const port of published(entry, ['services', name, 'ports', index], findings)) add(port);
  }
  for (const [index, text] of (expose ?? []).entries()) {
    for (const port of published(text, ['services', name, 'expose', index], findings)) add(port);
  }
  for (const text of image?.ports ?? []) {
    for (const port of published(text, ['services', name, 'image'], findings)) add(port);
  }
  return [...found.values()];
}

function published(
  entry: PortEntry,
  path: readonly PropertyKey[],
  findings: Findings,
): ServicePort[] {
  const { address, from, target, protocol } = partsOf(entry);
  const targets = range(target);
  const hosts = range(from);
  const kind = (['TCP', 'UDP', 'SCTP'] as const).find((one) => one === protocol.toUpperCase());
  const isOdd = hosts.length > 0 && targets.length > 1 && hosts.length !== targets.length;
  if (targets.length === 0 || kind === undefined || isOdd) {
    findings.notMapped(path, 'its form is not understood');
    return [];
  }
  if (targets.length > mostOfRange) {
    findings.notMapped(path, 'Kubernetes names each port of a Service: this range is too long');
    return [];
  }
  const isLocal = /^(?:127\.|::1$|localhost$)/.test(address);
  if (isLocal) findings.notMapped(path, 'only the host itself reached it: it is not published');
  else if (address !== '' && address !== '0.0.0.0' && address !== '::') {
    findings.changed(path, 'a Service has no address of a host');
  }
  if (hosts.length > 1 && targets.length === 1) {
    findings.changed(path, 'of the range, the first port is taken');
  }
  return targets.map((one, index) => {
    const host = isLocal ? undefined : hosts[index];
    return { target: one, protocol: kind, ...(host === undefined ? {} : { published: host }) };
  });
}

function partsOf(entry: PortEntry) {
  if (typeof entry !== 'string') {
    return {
      address: entry.host_ip ?? '',
      from: entry.published ?? '',
      target: String(entry.target),
      protocol: entry.protocol ?? 'tcp',
    };
  }
  const match = /^(?:(?:(\[[0-9a-f:.]+\]|[^:]*):)?([\d-]*):)?([\d-]+)(?:\/(\w+))?$/i.exec(entry);
  const [, address = '', from = '', target = '', protocol = 'tcp'] = match ?? [];
  return { address: address.replaceAll(/[[\]]/g, ''), from, target, protocol };
}

function range(text: string): number[] {
  const [first = 0, last = first] = text.split('-').map(Number);
  const isRange = Number.isInteger(first) && first > 0 && last >= first && last <= 65_535;
  return isRange ? Array.from({ length: last - first + 1 }, (_, index) => first + index) : [];
}
