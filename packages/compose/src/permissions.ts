import { normalize } from 'node:path/posix';
import type { PermissionKind } from '@bundle/format';
import { driverPaths } from './driver-paths.ts';
import { isEngineSocket } from './mounts.ts';
import type { ComposeProject } from './project.ts';
import type { ComposeService } from './service.ts';

export interface Permission {
  readonly kind: PermissionKind;
  readonly service: string;
  /** Path in the Compose file, relative to the service. */
  readonly key: string;
  /** The path, capability or device that is granted. Empty if the kind says it all. */
  readonly detail: string;
}

/** Capabilities that an engine grants every container. */
const usualCapabilities: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

const namespaces = ['network_mode', 'pid', 'ipc', 'uts', 'userns_mode', 'cgroup'] as const;

/**
 * Lists the permissions on the host that a project's services have, sorted by service. `isOwn` tells whether a path
 * belongs to the application itself and not to the host.
 */
export function permissionsOf(
  project: ComposeProject,
  isOwn: (path: string) => boolean,
): Permission[] {
  return Object.entries(project.services)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([service, definition]) => {
      const of = (key: string, kind: PermissionKind, details: readonly string[]): Permission[] =>
        [...new Set(details)].map((detail) => ({ kind, service, key, detail }));
      const paths = hostPaths(definition, project, isOwn);
      return [
        ...of('privileged', 'privileged', definition.privileged ? [''] : []),
        ...['post_start', 'pre_stop'].flatMap((key) =>
          of(key, 'privileged', hasPrivilegedHook(definition, key) ? ['in a hook'] : []),
        ),
        ...of('cap_add', 'capability', unusual(definition.cap_add)),
        ...of(
          'devices',
          'device',
          (definition.devices ?? []).map(({ source }) => source),
        ),
        ...of('deploy', 'device', cdiDevices(definition.deploy?.resources?.reservations?.devices)),
        ...of('gpus', 'device', cdiDevices(definition.gpus)),
        ...of('device_cgroup_rules', 'device', definition.device_cgroup_rules ?? []),
        ...of('security_opt', 'security-option', weakening(definition.security_opt)),
        ...namespaces.flatMap((key) => [
          ...of(key, 'host-namespace', isOfHost(definition[key]) ? [namespaceName(key)] : []),
          ...of(key, 'other-container', foreignContainer(definition[key])),
        ]),
        ...of('volumes_from', 'other-container', foreignVolumes(definition.volumes_from)),
        ...of('use_api_socket', 'engine-socket', definition.use_api_socket ? [''] : []),
        ...of('volumes', 'engine-socket', paths.volumes.filter(isEngineSocket)),
        ...of(
          'volumes',
          'host-path',
          paths.volumes.filter((path) => !isEngineSocket(path)),
        ),
        ...of('volumes', 'device', paths.devices),
        ...of('env_file', 'host-path', paths.envFiles),
        ...of('label_file', 'host-path', paths.labelFiles),
        ...of('secrets', 'host-path', paths.secrets),
        ...of('configs', 'host-path', paths.configs),
        ...of('provider', 'provider', definition.provider ? [definition.provider.type ?? ''] : []),
      ];
    });
}

function hasPrivilegedHook(service: ComposeService, key: string): boolean {
  const hooks = key === 'post_start' ? service.post_start : service.pre_stop;
  return hooks?.some(({ privileged }) => privileged === true) === true;
}

function unusual(capabilities: ComposeService['cap_add']): string[] {
  return (capabilities ?? [])
    .map((name) => name.toUpperCase().replace(/^CAP_/, ''))
    .filter((name) => !usualCapabilities.has(name));
}

/**
 * Returns the options that weaken isolation: another type of SELinux may be confined less, and podman shows what it masks
 * otherwise. `no-new-privileges` and custom profiles restrict a container further.
 */
function weakening(options: ComposeService['security_opt']): string[] {
  return (options ?? []).filter((option) =>
    /[:=](?:unconfined|disable)$|no-new-privileges[:=]false$|^label[:=]type:|^unmask[:=]/.test(
      option,
    ),
  );
}

/** Tells whether a namespace is the host's. podman takes one by its path, too. */
function isOfHost(mode: string | undefined): boolean {
  return mode === 'host' || mode?.startsWith('ns:') === true;
}

function namespaceName(key: (typeof namespaces)[number]): string {
  return key === 'network_mode' ? 'network' : key.replace(/_mode$/, '');
}

function foreignContainer(mode: string | undefined): string[] {
  const [, name] = /^container:(.+)$/.exec(mode ?? '') ?? [];
  return name === undefined ? [] : [name];
}

/** Lists devices by their CDI names: any device of the host may have one. `devices` takes the same names. */
function cdiDevices(reserved: ComposeService['gpus']): string[] {
  return (reserved ?? []).flatMap(({ driver, device_ids }) =>
    driver === 'cdi' ? (device_ids ?? []) : [],
  );
}

/** Says that it is about volumes: who allows to share a namespace of a container does not allow them. */
function foreignVolumes(from: ComposeService['volumes_from']): string[] {
  return (from ?? []).flatMap((one) => {
    const [, name] = /^container:([^:]+)/.exec(one) ?? [];
    return name === undefined ? [] : [`${volumesOf}${name}`];
  });
}

const volumesOf = 'volumes of ';

interface HostPaths {
  readonly volumes: string[];
  /** Devices that a file system is mounted from. */
  readonly devices: string[];
  readonly labelFiles: string[];
  readonly envFiles: string[];
  readonly secrets: string[];
  readonly configs: string[];
}

function hostPaths(
  { volumes, env_file, label_file, secrets, configs }: ComposeService,
  project: ComposeProject,
  isOwn: (path: string) => boolean,
): HostPaths {
  const foreign = (paths: readonly (string | null | undefined)[]): string[] =>
    paths.flatMap((path) => (path && !isOwn(normalize(path)) ? [path] : []));
  const bound = foreign(
    (volumes ?? []).map(({ type, source }) => (type === 'bind' ? source : undefined)),
  );
  const driven = foreign(
    (volumes ?? []).flatMap(({ type, source }) =>
      type === 'bind' ? [] : driverPaths(project.volumes?.[source ?? '']),
    ),
  );
  const isDevice = (path: string): boolean => path.startsWith('/dev/');
  return {
    volumes: [...bound, ...driven.filter((path) => !isDevice(path))],
    devices: driven.filter(isDevice),
    labelFiles: foreign(label_file ?? []),
    envFiles: foreign((env_file ?? []).map(({ path }) => path)),
    secrets: foreign((secrets ?? []).map(({ source }) => project.secrets?.[source]?.file)),
    configs: foreign((configs ?? []).map(({ source }) => project.configs?.[source]?.file)),
  };
}

/** Describes a permission to the person who has to decide about it. */
export function permissionText({ kind, detail }: Permission): string {
  switch (kind) {
    case 'privileged':
      return `runs privileged${detail && ` ${detail}`}: it can do anything on the host`;
    case 'capability':
      return `has the capability ${detail}`;
    case 'device':
      return `uses the device ${detail}`;
    case 'security-option':
      return `weakens its isolation: ${detail}`;
    case 'host-namespace':
      return `shares the host’s ${detail} namespace`;
    case 'other-container':
      return detail.startsWith(volumesOf)
        ? `has the volumes of the container ${detail.slice(volumesOf.length)}`
        : `shares a namespace of the container ${detail}`;
    case 'engine-socket':
      return 'controls the container engine: it can do anything on the host';
    case 'host-path':
      return `reads or writes ${detail} of the host`;
    case 'provider':
      return `runs the program ${detail || 'of a provider'} on the host`;
  }
}
