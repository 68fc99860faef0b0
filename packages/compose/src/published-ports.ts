/** A host port that a service publishes. */
export interface PublishedPort {
  readonly service: string;
  /** Empty for every address. */
  readonly address: string;
  readonly port: number;
  readonly protocol: string;
  /** Set where the engine takes any free port of a range; the same for all ports of an entry. */
  readonly choice?: PortChoice;
}

/** A range outside for one port inside. */
export interface PortChoice {
  /** `FIRST-LAST`. */
  readonly range: string;
  /** Containers of the service: each takes a port. */
  readonly containers: number;
}

/** Names a port as `PORT/PROTOCOL`, and one that is chosen from a range as `FIRST-LAST/PROTOCOL`. */
export function portName({
  port,
  protocol,
  choice,
}: Pick<PublishedPort, 'port' | 'protocol' | 'choice'>): string {
  return `${choice?.range ?? port}/${protocol}`;
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
 * port chosen by the engine does not count, unless it is chosen from a range.
 */
export function publishedPorts(service: string, port: PortEntry, containers = 1): PublishedPort[] {
  const { address, published, protocol, isOneInside } = partsOf(port);
  const numbers = range(published);
  const choice =
    isOneInside && numbers.length > 1 ? { choice: { range: published, containers } } : {};
  return numbers.map((number) => ({ service, address, port: number, protocol, ...choice }));
}

function partsOf(port: PortEntry) {
  if (typeof port !== 'string') {
    const { published = '', host_ip: address = '', protocol = 'tcp' } = port;
    // The long form has one port inside.
    return { address, published, protocol, isOneInside: true };
  }
  const match = /^(?:(?:(\[[0-9a-f:]+\]|[^:]*):)?([\d-]*):)?([\d-]+)(?:\/(\w+))?$/i.exec(port);
  const [, address = '', published = '', target = '', protocol = 'tcp'] = match ?? [];
  const isOneInside = /^\d+$/.test(target);
  return { address: address.replaceAll(/[[\]]/g, ''), published, protocol, isOneInside };
}

function range(ports: string): number[] {
  const [first = 0, last = first] = ports.split('-').map(Number);
  const isRange = first > 0 && last >= first && last <= 65_535;
  return isRange ? Array.from({ length: last - first + 1 }, (_, index) => first + index) : [];
}
