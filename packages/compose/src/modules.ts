import { boundFolder } from './mounts.ts';
import type { ComposeProject } from './project.ts';
import type { ComposeService } from './service.ts';

/** Use of a kernel module; `of` is a service, or says that it is a network or volume. */
export interface ModuleUse {
  readonly of: string;
  readonly module: string;
}

/** Kernel modules of network drivers. */
const ofDriver: Readonly<Record<string, string>> = {
  macvlan: 'macvlan',
  ipvlan: 'ipvlan',
  overlay: 'vxlan',
};

/** File systems that every kernel has, or that are part of another one's module. */
const ofFileSystem: Readonly<Record<string, string>> = {
  tmpfs: '',
  none: '',
  nfs4: 'nfs',
  smb3: 'cifs',
};

const tunnels = /(?:^|\/)(?:[^/]*wireguard[^/]*|wg-easy)(?:[:@]|$)/;

/** Lists the kernel modules that a project needs: for its networks, its volumes, and services that make tunnels. */
export function moduleUses(
  services: readonly { readonly name: string; readonly service: ComposeService }[],
  { networks, volumes }: Pick<ComposeProject, 'networks' | 'volumes'>,
): ModuleUse[] {
  const use = (of: string, module: string): ModuleUse[] => (module === '' ? [] : [{ of, module }]);
  return [
    ...services.flatMap(({ name, service: { image, cap_add } }) =>
      tunnels.test(image ?? '') && cap_add?.some((one) => /^(?:CAP_)?NET_ADMIN$/i.test(one))
        ? use(name, 'wireguard')
        : [],
    ),
    ...Object.entries(networks ?? {}).flatMap(([name, network]) =>
      network?.external ? [] : use(`the network ${name}`, ofDriver[network?.driver ?? ''] ?? ''),
    ),
    ...Object.entries(volumes ?? {}).flatMap(([name, volume]) => {
      const isLocal = !volume?.external && (volume?.driver ?? 'local') === 'local';
      const { type = '' } = volume?.driver_opts ?? {};
      if (!isLocal || boundFolder(volume) !== undefined) return [];
      return use(`the volume ${name}`, ofFileSystem[type] ?? type.replace(/^fuse\..*/, 'fuse'));
    }),
  ];
}
