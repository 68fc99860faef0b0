/** A host port that a service publishes. */
export interface PublishedPort {
  readonly service: string;
  /** Empty for every address. */
  readonly address: string;
  readonly port: number;
  readonly protocol: string;
}

/** An entry of `ports` in a Compose file. */
type PortEntry =
  | string
  | {
      readonly published?: string | undefined;
      readonly host_ip?: string | undefined;
      readonly protocol?: string | undefined;
    };

/**
 * Lists the host ports of an entry. Short form: `[[ADDRESS:]PUBLISHED:]TARGET[/PROTOCOL]`; each side may be a range. A
 * port chosen by the engine does not count.
 */
export function publishedPorts(service: string, port: PortEntry): PublishedPort[] {
  if (typeof port !== 'string') {
    const { published = '', host_ip: address = '', protocol = 'tcp' } = port;
    return range(published).map((number) => ({ service, address, port: number, protocol }));
  }
  const match = /^(?:(?:(\[[0-9a-f:]+\]|[^:]*):)?([\d-]*):)?[\d-]+(?:\/(\w+))?$/i.exec(port);
  const [, address = '', published = '', protocol = 'tcp'] = match ?? [];
  const plain = address.replaceAll(/[[\]]/g, '');
  return range(published).map((number) => ({ service, address: plain, port: number, protocol }));
}

function range(ports: string): number[] {
  const [first = 0, last = first] = ports.split('-').map(Number);
  const isRange = first > 0 && last >= first && last <= 65_535;
  return isRange ? Array.from({ length: last - first + 1 }, (_, index) => first + index) : [];
}
