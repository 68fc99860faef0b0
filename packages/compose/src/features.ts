import { moduleUses } from './modules.ts';
import type { ComposeProject } from './project.ts';
import type { ComposeService } from './service.ts';

/**
 * Something that not every host or engine has. `gpu`: `detail` is the driver, empty for any. `device`: a path of the host,
 * or a name of the Container Device Interface. `engine-version`: the key of the Compose file that older engines do not
 * know. `right`: what an engine without root's rights cannot give. `open-files`: a number. Others: the name.
 */
export interface Feature {
  /** The service, or the network or volume, that asks for it; with the word before its name for a `module`. */
  readonly of: string;
  readonly kind:
    | 'gpu'
    | 'device'
    | 'runtime'
    | 'engine-version'
    | 'sysctl'
    | 'apparmor'
    | 'capability'
    | 'right'
    | 'open-files'
    | 'log-driver'
    | 'network-driver'
    | 'volume-driver'
    | 'interface'
    | 'ipv6'
    | 'module';
  readonly detail: string;
}

type Named = readonly { readonly name: string; readonly service: ComposeService }[];

/** Lists what services, and the networks and volumes of their project, ask for beyond running a container. */
export function featuresOf(
  services: Named,
  { networks, volumes }: Pick<ComposeProject, 'networks' | 'volumes'>,
): Feature[] {
  return [
    ...services.flatMap(({ name, service }) => ofService(name, service)),
    ...drivers('network-driver', networks),
    ...drivers('volume-driver', volumes),
    ...ofNetworks(networks),
    ...moduleUses(services, { networks, volumes }).map(({ of, module: detail }) => ({
      ...{ of, kind: 'module' as const, detail },
    })),
  ];
}

function ofService(name: string, service: ComposeService): Feature[] {
  const { runtime, devices, sysctls, logging, security_opt, cap_add } = service;
  const list = (kind: Feature['kind'], details: readonly string[]): Feature[] =>
    [...new Set(details)].map((detail) => ({ of: name, kind, detail }));
  return [
    ...list('gpu', gpuDrivers(service)),
    ...list('runtime', runtime ? [runtime] : []),
    ...list(
      'device',
      (devices ?? []).map(({ source }) => source).filter((source) => source !== ''),
    ),
    ...list('engine-version', newerKeys(service)),
    ...list('sysctl', Object.keys(sysctls ?? {})),
    ...list('apparmor', apparmorProfiles(security_opt)),
    ...list(
      'capability',
      (cap_add ?? []).map((one) => one.toUpperCase().replace(/^CAP_/, '')),
    ),
    ...list('right', rights(service)),
    ...list('open-files', openFiles(service)),
    ...list('log-driver', logging?.driver ? [logging.driver] : []),
  ];
}

/** Lists the keys of a service that Compose refuses for older engines. */
function newerKeys({ healthcheck, volumes, networks }: ComposeService): string[] {
  const attached = Object.values(networks ?? {});
  return [
    ...(healthcheck?.start_interval ? ['start_interval'] : []),
    ...(attached.some((one) => one?.mac_address) ? ['mac_address'] : []),
    ...((volumes ?? []).some(({ volume }) => volume?.subpath) ? ['subpath'] : []),
    ...((volumes ?? []).some(({ type }) => type === 'image') ? ['type: image'] : []),
    ...(attached.some((one) => Number(one?.gw_priority ?? 0) !== 0) ? ['gw_priority'] : []),
    ...(attached.some((one) => one?.interface_name) ? ['interface_name'] : []),
  ];
}

/** Profiles that somebody has to load into the kernel; engines load their own. */
function apparmorProfiles(options: ComposeService['security_opt']): string[] {
  return (options ?? []).flatMap((option) => {
    const [, name = ''] = /^apparmor[:=](.*)$/s.exec(option) ?? [];
    return ['', 'unconfined', 'docker-default'].includes(name) ? [] : [name];
  });
}

/** Lists what needs the rights of the host's root: an engine that runs without them cannot give it. */
function rights(service: ComposeService): string[] {
  const { privileged, ulimits, userns_mode } = service;
  const shared = (['network_mode', 'pid'] as const).filter((key) => service[key] === 'host');
  // Engines that map users to others give these to containers that stay outside of that.
  const inside = userns_mode === 'host' ? [] : [...(privileged ? ['privileged'] : []), ...shared];
  return [...inside, ...(Object.keys(ulimits ?? {}).length > 0 ? ['ulimits'] : [])];
}

function openFiles({ ulimits }: ComposeService): string[] {
  const { nofile } = ulimits ?? {};
  const wanted = typeof nofile === 'string' ? nofile : nofile?.hard;
  return wanted && /^\d+$/.test(wanted) ? [wanted] : [];
}

/** Drivers of the devices that a service reserves, by either of the two ways of Compose. */
function gpuDrivers({ deploy, gpus }: ComposeService): string[] {
  const reserved = (deploy?.resources?.reservations?.devices ?? []).filter(
    ({ capabilities, driver }) => driver === 'nvidia' || capabilities?.includes('gpu'),
  );
  return [
    ...reserved.map(({ driver }) => driver ?? ''),
    ...(gpus ?? []).map(({ driver }) => driver ?? ''),
  ];
}

function drivers(
  kind: 'network-driver' | 'volume-driver',
  defined: ComposeProject['networks'],
): Feature[] {
  return Object.entries(defined ?? {}).flatMap(([of, definition]) =>
    definition?.driver && !definition.external ? [{ of, kind, detail: definition.driver }] : [],
  );
}

function ofNetworks(networks: ComposeProject['networks']): Feature[] {
  return Object.entries(networks ?? {}).flatMap(([of, definition]): Feature[] => {
    if (!definition || definition.external) return [];
    const { parent } = definition.driver_opts ?? {};
    return [
      ...(parent ? [{ of, kind: 'interface' as const, detail: parent }] : []),
      ...(definition.enable_ipv6 ? [{ of, kind: 'ipv6' as const, detail: '' }] : []),
    ];
  });
}
