import { type HostFeatures, missing, type Verdict } from './verdict.ts';

const vlan = /^(.+)\.\d+$/;
/** Module with which the engine makes an interface such as `eth0.50`. */
export const vlanModule = '8021q';
export const ipv6File = '/proc/net/if_inet6';

export function isVlan(name: string): boolean {
  return vlan.test(name);
}

/** Returns where the kernel shows an interface; of a VLAN, which the engine makes, the one below it. */
export function interfaceFile(name: string): string {
  return `/sys/class/net/${vlan.exec(name)?.[1] ?? name}`;
}

/** Judges the interface of the host that a network uses. */
export function networkInterface(
  network: string,
  name: string,
  host: HostFeatures | undefined,
): Verdict | undefined {
  const words = `the network ${network} uses the interface ${name}`;
  const hint =
    'See `ip link` for those of the host: name one of them with the setting that the Compose file has for it, or there, and export it again.';
  if (host === undefined) return { kind: 'doubt', found: `${words} of the engine’s machine`, hint };
  if (host.missing.has(interfaceFile(name))) return missing(`${words}, which is not there`, hint);
  return isVlan(name) ? kernelModule(`the network ${network}`, vlanModule, host) : undefined;
}

/** Judges a module by what the kernel tells of it. */
export function kernelModule(
  of: string,
  name: string,
  host: HostFeatures | undefined,
): Verdict | undefined {
  const isThere = host?.modules?.get(name);
  if (isThere) return undefined;
  const words = `${of} needs the kernel module ${name}`;
  const hint = `Check with \`modprobe ${name}\`; it may be in another package of the kernel (linux-modules-extra, kernel-modules-extra).`;
  if (isThere === undefined) {
    const where =
      host === undefined
        ? 'the engine is on another machine'
        : 'this kernel does not tell whether it has it';
    return { kind: 'doubt', found: `${words}; ${where}`, hint };
  }
  // Programs for it exist that do without.
  const kind = name === 'wireguard' ? 'doubt' : 'missing';
  return { kind, found: `${words}, which this kernel does not have`, hint };
}

/** Returns where the kernel shows a setting; those of an interface of a container are those that every interface has. */
export function sysctlFile(name: string): string {
  const general = name
    .replace(/\.conf\.(?!all\.|default\.).+\./, '.conf.all.')
    .replace(/\.neigh\.(?!default\.).+\./, '.neigh.default.');
  return `/proc/sys/${general.replaceAll('.', '/')}`;
}
