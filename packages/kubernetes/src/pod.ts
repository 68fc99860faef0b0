import type { IContainer, IHostAlias, IPodSpec } from 'kubernetes-models/v1';
import type { Findings } from './findings.ts';
import { dnsLabel } from './names.ts';
import { durationSeconds } from './quantities.ts';
import { type PodFacts, podSecurity } from './security.ts';
import type { Service } from './service-schema.ts';

/** Makes what a pod has besides its container and its volumes. */
export function podSettings(
  name: string,
  service: Service,
  platform: { readonly os: string; readonly architecture: string },
  facts: PodFacts,
  findings: Findings,
): Omit<IPodSpec, 'containers'> {
  const path = ['services', name];
  const { hostname, stop_grace_period, pid, ipc, dns_search, dns_opt } = service;
  const security = podSecurity(name, service, facts, findings);
  const aliases = hostAliases(name, service, findings);
  const grace = stop_grace_period === undefined ? undefined : durationSeconds(stop_grace_period);
  for (const [key, value] of Object.entries({ pid, ipc })) {
    if (value === undefined || value === 'host' || value === 'private') continue;
    findings.notMapped([...path, key], 'a pod has only its own or that of its node');
  }
  const isName = hostname !== undefined && dnsLabel(hostname) === hostname;
  if (hostname !== undefined && !isName) {
    findings.notMapped([...path, 'hostname'], 'the name of a pod is a DNS label');
  }
  if (stop_grace_period !== undefined && grace === undefined) {
    findings.notMapped([...path, 'stop_grace_period'], 'its form is not understood');
  }
  return {
    // Otherwise each Service adds variables such as REDIS_PORT, which applications take for settings.
    enableServiceLinks: false,
    automountServiceAccountToken: false,
    nodeSelector: {
      'kubernetes.io/os': platform.os,
      'kubernetes.io/arch': platform.architecture,
    },
    ...hostNetwork(name, service, findings),
    ...(pid === 'host' ? { hostPID: true } : {}),
    ...(ipc === 'host' ? { hostIPC: true } : {}),
    ...(isName ? { hostname } : {}),
    ...(aliases.length > 0 ? { hostAliases: aliases } : {}),
    ...(dns_search?.length || dns_opt?.length ? { dnsConfig: dnsOf(dns_search, dns_opt) } : {}),
    ...(security === undefined ? {} : { securityContext: security }),
    ...(grace === undefined ? {} : { terminationGracePeriodSeconds: Math.ceil(grace) }),
  };
}

function dnsOf(searches: readonly string[] = [], options: readonly string[] = []) {
  return {
    ...(searches.length > 0 ? { searches: [...searches] } : {}),
    ...(options.length > 0
      ? {
          options: options.map((option) => {
            const [name = '', value] = option.split(':');
            return { name, ...(value === undefined ? {} : { value }) };
          }),
        }
      : {}),
  };
}

function hostNetwork(
  name: string,
  { network_mode: mode }: Service,
  findings: Findings,
): Pick<IPodSpec, 'hostNetwork' | 'dnsPolicy'> {
  if (mode === 'host') return { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' };
  if (mode !== undefined && mode !== '' && mode !== 'bridge' && mode !== 'default') {
    findings.notMapped(['services', name, 'network_mode'], 'each pod has a network of its own');
  }
  return {};
}

function hostAliases(name: string, { extra_hosts }: Service, findings: Findings): IHostAlias[] {
  const byAddress = new Map<string, string[]>();
  for (const [index, line] of (extra_hosts ?? []).entries()) {
    const [, host = '', place = ''] = /^([^=:]+)[=:](.*)$/.exec(line) ?? [];
    const ip = place.replaceAll(/[[\]]/g, '');
    if (/^[\d.]+$|^[0-9a-f:]+$/i.test(ip)) {
      byAddress.set(ip, [...(byAddress.get(ip) ?? []), host]);
    } else {
      findings.notMapped(['services', name, 'extra_hosts', index], 'it has no fixed address');
    }
  }
  return [...byAddress].map(([ip, hostnames]) => ({ ip, hostnames }));
}

/** Makes what a container has besides its image, variables, command, ports and mounts. */
export function containerSettings({ working_dir, tty, stdin_open }: Service): Partial<IContainer> {
  return {
    ...(working_dir ? { workingDir: working_dir } : {}),
    ...(tty ? { tty: true } : {}),
    ...(stdin_open ? { stdin: true } : {}),
  };
}
