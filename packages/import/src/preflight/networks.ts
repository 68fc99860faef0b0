import { BlockList, isIP } from 'node:net';
import type { FixedSubnet } from '@bundle/compose';
import type { TakenNames } from '@bundle/engine';
import { type Check, checkOf, type Thing } from './check.ts';
import type { HostRoute } from './routes.ts';

export interface NetworkFacts {
  readonly needs: { readonly subnets: readonly FixedSubnet[] };
  readonly inventory: Pick<TakenNames, 'networks'>;
  readonly project: string;
  readonly routes?: readonly HostRoute[];
}

const hint =
  'Choose another subnet: with the setting that the Compose file has for it, or there, and export it again.';

/** Checks that the fixed subnets of an application are free on the engine, and do not hide networks of the host. */
export function networksCheck({ needs, inventory, project, routes = [] }: NetworkFacts): Check {
  const name = 'networks';
  const { subnets } = needs;
  if (subnets.length === 0) return { name, result: 'pass', found: 'no network has a fixed subnet' };
  const engineSubnets = inventory.networks.flatMap(({ subnets: of = [] }) => of);
  const found = subnets.flatMap((wanted): Thing[] => {
    const other = inventory.networks.find(
      // Its own networks are replaced.
      (one) => one.project !== project && one.subnets?.some((of) => overlap(of, wanted.subnet)),
    );
    const text = `the network ${wanted.network} takes ${wanted.subnet}`;
    if (other !== undefined) {
      const taken = `the network ${other.name} has ${other.subnets?.join(', ')}`;
      return [
        { found: `${text}, and ${taken}`, hint: `${hint} Or remove the other: docker network rm.` },
      ];
    }
    if (!wanted.isBridge) return [];
    const route = routes.find(
      ({ subnet }) =>
        overlap(subnet, wanted.subnet) && !engineSubnets.some((of) => overlap(of, subnet)),
    );
    if (route === undefined) return [];
    return [
      {
        found: `${text}, and this host reaches ${route.subnet} through ${route.interface}: it could lose that connection`,
        hint,
      },
    ];
  });
  if (found.length > 0) return checkOf(name, 'fail', found);
  return { name, result: 'pass', found: `${subnets.map(({ subnet }) => subnet).join(', ')} free` };
}

/** Tells whether two subnets in CIDR notation have addresses in common; what is not one has none. */
export function overlap(a: string, b: string): boolean {
  return isIn(a, b) || isIn(b, a);
}

function isIn(inner: string, outer: string): boolean {
  const [address = ''] = inner.split('/');
  const [network = '', length = ''] = outer.split('/');
  const version = isIP(network);
  const bits = Number(length);
  if (version === 0 || isIP(address) !== version || !/^\d+$/.test(length)) return false;
  if (bits > (version === 4 ? 32 : 128)) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, bits, family);
  return list.check(address, family);
}
