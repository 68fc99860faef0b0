import type { ComposeProject } from './project.ts';
import type { ComposeService } from './service.ts';

/**
 * Something that not every host or engine has. `gpu`: `detail` is the driver, empty for any. `device`: a path of the host,
 * or a name of the Container Device Interface. `runtime`, drivers, `apparmor` and `sysctl`: the name.
 */
export interface Feature {
  /** The service, or the network or volume, that asks for it. */
  readonly of: string;
  readonly kind:
    | 'gpu'
    | 'device'
    | 'runtime'
    | 'start-interval'
    | 'sysctl'
    | 'apparmor'
    | 'log-driver'
    | 'network-driver'
    | 'volume-driver';
  readonly detail: string;
}

/** Lists what services, and the networks and volumes of their project, ask for beyond running a container. */
export function featuresOf(
  services: readonly { readonly name: string; readonly service: ComposeService }[],
  { networks, volumes }: Pick<ComposeProject, 'networks' | 'volumes'>,
): Feature[] {
  return [
    ...services.flatMap(({ name, service }) => ofService(name, service)),
    ...drivers('network-driver', networks),
    ...drivers('volume-driver', volumes),
  ];
}

function ofService(name: string, service: ComposeService): Feature[] {
  const { runtime, devices, healthcheck, sysctls, logging, security_opt } = service;
  const list = (kind: Feature['kind'], details: readonly string[]): Feature[] =>
    [...new Set(details)].map((detail) => ({ of: name, kind, detail }));
  return [
    ...list('gpu', gpuDrivers(service)),
    ...list('runtime', runtime ? [runtime] : []),
    ...list(
      'device',
      (devices ?? []).map(({ source }) => source).filter((source) => source !== ''),
    ),
    ...list('start-interval', healthcheck?.start_interval ? [''] : []),
    ...list('sysctl', Object.keys(sysctls ?? {})),
    ...list('apparmor', apparmorProfiles(security_opt)),
    ...list('log-driver', logging?.driver ? [logging.driver] : []),
  ];
}

/** Profiles that somebody has to load into the kernel; engines load their own. */
function apparmorProfiles(options: ComposeService['security_opt']): string[] {
  return (options ?? []).flatMap((option) => {
    const [, name = ''] = /^apparmor[:=](.*)$/s.exec(option) ?? [];
    return ['', 'unconfined', 'docker-default'].includes(name) ? [] : [name];
  });
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
