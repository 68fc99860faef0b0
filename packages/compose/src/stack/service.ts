import { stackDeploy } from './deploy.ts';
import { type Fields, fieldsOf, isEmpty, listOf, pick } from './documents.ts';
import { type MountedFiles, stackMounts } from './mounts.ts';
import { stackPorts } from './ports.ts';

/** A service as a stack describes it, and the fields of the Compose file that have no equivalent. */
export interface StackService {
  readonly service: Fields;
  readonly dropped: readonly string[];
}

/** Fields that mean the same in a stack. */
const same = [
  'cap_add',
  'cap_drop',
  'command',
  'dns',
  'dns_search',
  'entrypoint',
  'hostname',
  'init',
  'isolation',
  'labels',
  'logging',
  'read_only',
  'stdin_open',
  'stop_grace_period',
  'stop_signal',
  'sysctls',
  'tmpfs',
  'tty',
  'ulimits',
  'user',
  'working_dir',
] as const;

/** Fields that are converted, or that say nothing about a task that runs. */
const handled = new Set<string>([
  ...same,
  'build',
  'configs',
  'container_name',
  'cpus',
  'deploy',
  'develop',
  'environment',
  'expose',
  'extra_hosts',
  'healthcheck',
  'image',
  'mem_limit',
  'mem_reservation',
  'networks',
  'pids_limit',
  'platform',
  'ports',
  'profiles',
  'pull_policy',
  'restart',
  'scale',
  'secrets',
  'volumes',
]);

/** Converts one resolved service. `image`: the reference that the nodes know. */
export function stackService(service: Fields, image: string, files: MountedFiles): StackService {
  const { deploy, dropped } = stackDeploy(service);
  const { ports, dropped: unpublished } = stackPorts(service['ports']);
  const hosts = stackHosts(service['extra_hosts']);
  const mounts = stackMounts(service, files);
  const { placement, ...rest } = deploy;
  const constraints = [...listOf(fieldsOf(placement)['constraints']), ...mounts.constraints];
  const placed = {
    ...fieldsOf(placement),
    ...(constraints.length === 0 ? {} : { constraints }),
  };
  return {
    service: {
      image,
      ...pick(service, same),
      ...pick(
        {
          environment: withoutNull(fieldsOf(service['environment'])),
          extra_hosts: hosts.hosts,
          healthcheck: service['healthcheck'],
          networks: stackNetworks(service),
          ports,
          volumes: mounts.volumes,
          configs: mounts.configs,
          secrets: mounts.secrets,
        },
        [
          'environment',
          'extra_hosts',
          'healthcheck',
          'networks',
          'ports',
          'volumes',
          'configs',
          'secrets',
        ],
      ),
      deploy: { ...rest, ...(isEmpty(placed) ? {} : { placement: placed }) },
    },
    dropped: [
      ...Object.entries(service)
        .filter(([name, value]) => !handled.has(name) && !isEmpty(value) && value !== false)
        .map(([name]) => name),
      ...dropped,
      ...unpublished,
      ...hosts.dropped,
      ...addressesOf(service),
      ...mounts.dropped,
    ].sort(),
  };
}

/** A variable without a value would be taken from the environment of the command. */
function withoutNull(all: Fields): Fields {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

/** Converts the networks. The name of a container is another name of its service, because tasks get their own. */
function stackNetworks(service: Fields): Fields {
  const name = service['container_name'];
  return Object.fromEntries(
    Object.entries(fieldsOf(service['networks'])).map(([network, use]) => {
      const aliases = [...listOf(fieldsOf(use)['aliases']), ...(isEmpty(name) ? [] : [name])];
      return [network, aliases.length === 0 ? {} : { aliases: [...new Set(aliases)] }];
    }),
  );
}

function addressesOf(service: Fields): string[] {
  return Object.entries(fieldsOf(service['networks'])).flatMap(([network, use]) =>
    ['ipv4_address', 'ipv6_address', 'mac_address']
      .filter((name) => !isEmpty(fieldsOf(use)[name]))
      .map((name) => `networks.${network}.${name}`),
  );
}

/** Compose writes `NAME=ADDRESS`, and a stack `NAME:ADDRESS`. */
function stackHosts(hosts: unknown): { hosts: string[]; dropped: string[] } {
  const lines = listOf(hosts).map(String);
  const isKnown = (line: string): boolean => !line.endsWith('host-gateway');
  return {
    hosts: lines.filter(isKnown).map((line) => line.replace(/^([^=:]+)=/, '$1:')),
    dropped: lines.filter((line) => !isKnown(line)).map((line) => `extra_hosts ${line}`),
  };
}
