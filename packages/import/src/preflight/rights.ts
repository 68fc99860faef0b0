import type { EngineInfo } from '@bundle/engine';
import { capabilityNumber } from './capabilities.ts';
import { type FeatureFacts, type HostFeatures, missing, type Verdict } from './verdict.ts';

/** Judges a capability by those that processes of the host can have. */
export function capability(
  service: string,
  name: string,
  host: HostFeatures | undefined,
): Verdict | undefined {
  const number = capabilityNumber(name);
  if (host?.capabilities === undefined || number === undefined) return undefined;
  if ((host.capabilities >> BigInt(number)) & 1n) return undefined;
  return missing(
    `${service} wants the capability ${name}, which no process of this host can have`,
    'Update its kernel; or, if the host is a container itself, allow it there.',
  );
}

/** What becomes of a right that an engine does not have itself. */
const rootless: Readonly<Record<string, readonly [effect: string, hint: string]>> = {
  privileged: [
    'runs privileged, and gets only the rights of the user who runs this rootless engine',
    'If it needs more, use an engine that runs as root.',
  ],
  network_mode: [
    'shares the network of a rootless engine, and its ports are not reached from outside',
    'Publish its ports, or use an engine that runs as root.',
  ],
  pid: [
    'sees only the processes of this rootless engine',
    'If it has to see all, use an engine that runs as root.',
  ],
  ulimits: [
    'sets ulimits, which a rootless engine can only lower',
    'Raise those of its user (LimitNOFILE and others in its systemd unit), or use an engine that runs as root.',
  ],
};

/** Judges what takes the rights of the host's root. */
export function right(service: string, key: string, { rights }: EngineInfo): Verdict | undefined {
  if (rights?.isRootless) {
    const [effect, hint] = rootless[key] ?? [];
    return effect === undefined || hint === undefined
      ? undefined
      : { kind: 'doubt', found: `${service} ${effect}`, hint };
  }
  if (!rights?.mapsUsers || key === 'ulimits') return undefined;
  const what = key === 'privileged' ? 'privileged: true' : `${key}: host`;
  return missing(
    `${service} has ${what}, which an engine with userns-remap refuses`,
    'Add userns_mode: host to this service, or turn userns-remap off.',
  );
}

/** A rootless engine listens as its user, who may not listen on low ports. */
export function lowPorts({ engine, needs, inventory, host }: FeatureFacts): Verdict[] {
  const first = host?.firstPort;
  if (engine.rights?.isRootless !== true || first === undefined) return [];
  // Its program may have got that right, which nothing shows but what it does.
  const isAble = inventory.containers.some(({ ports }) => ports.some(({ port }) => port < first));
  const low = needs.ports.filter(({ port }) => port < first);
  if (isAble) return [];
  return low.map(({ service, port }) => ({
    kind: 'missing',
    found: `${service} publishes port ${port}, and this rootless engine can listen from ${first} on`,
    hint: engine.isPodman
      ? `Allow it: sysctl -w net.ipv4.ip_unprivileged_port_start=${port}; or publish a higher port.`
      : `Allow it: sysctl -w net.ipv4.ip_unprivileged_port_start=${port}, or setcap cap_net_bind_service=ep on rootlesskit; or publish a higher port.`,
  }));
}
