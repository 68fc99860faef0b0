import { readFile } from 'node:fs/promises';
import { systemErrorCode } from '@bundle/format';

/** A network that this machine reaches directly or through another one. */
export interface HostRoute {
  readonly interface: string;
  /** In CIDR notation. */
  readonly subnet: string;
}

/** Reads the networks that this machine reaches, but for its default routes; none where the kernel does not tell. */
export async function hostRoutes(): Promise<HostRoute[]> {
  const [routes, ipv6Routes] = await Promise.all([
    table('/proc/net/route'),
    // Absent where IPv6 is off.
    table('/proc/net/ipv6_route'),
  ]);
  return [...parseRoutes(routes), ...parseIpv6Routes(ipv6Routes)];
}

async function table(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'EACCES'].includes(systemErrorCode(error) ?? '')) return '';
    throw error;
  }
}

/** Parses `/proc/net/route`, whose addresses are in machine order: little-endian on all supported platforms. */
export function parseRoutes(table: string): HostRoute[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [name = '', address = '', , , , , , mask = ''] = line.trim().split(/\s+/);
      if (!/^[0-9A-F]{8}$/i.test(address) || !/^[0-9A-F]{8}$/i.test(mask)) return [];
      const bits = [...Number.parseInt(mask, 16).toString(2)].filter((bit) => bit === '1').length;
      if (bits === 0) return [];
      const bytes = (address.match(/../g) ?? []).reverse();
      const dotted = bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
      return [{ interface: name, subnet: `${dotted}/${bits}` }];
    });
}

/** Parses `/proc/net/ipv6_route`, leaving out what no other machine is behind: loopback, link-local and multicast. */
export function parseIpv6Routes(table: string): HostRoute[] {
  return table.split('\n').flatMap((line) => {
    const [address = '', length = '', , , , , , , , name = ''] = line.trim().split(/\s+/);
    if (!/^[0-9a-f]{32}$/.test(address) || !/^[0-9a-f]{2}$/.test(length)) return [];
    const bits = Number.parseInt(length, 16);
    if (bits === 0 || name === 'lo' || /^(fe[89ab]|ff)/.test(address)) return [];
    return [{ interface: name, subnet: `${shortest(address)}/${bits}` }];
  });
}

/** Writes 32 hexadecimal digits as people do, such as `fd00:12::`. */
function shortest(digits: string): string {
  return new URL(`http://[${(digits.match(/.{4}/g) ?? []).join(':')}]`).hostname.slice(1, -1);
}
