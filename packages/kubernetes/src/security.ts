import type { IPodSecurityContext, ISecurityContext } from 'kubernetes-models/v1';
import type { Findings } from './findings.ts';
import type { Service } from './service-schema.ts';

/** Makes the security settings of a container. */
export function containerSecurity(
  name: string,
  service: Service,
  findings: Findings,
): ISecurityContext | undefined {
  const { user, privileged, read_only, cap_add, cap_drop, security_opt } = service;
  const path = ['services', name];
  const context: ISecurityContext = {
    ...userOf(user, path, findings),
    ...(privileged ? { privileged: true } : {}),
    ...(read_only ? { readOnlyRootFilesystem: true } : {}),
    ...(cap_add?.length || cap_drop?.length
      ? {
          capabilities: {
            ...(cap_add?.length ? { add: cap_add.map(capability) } : {}),
            ...(cap_drop?.length ? { drop: cap_drop.map(capability) } : {}),
          },
        }
      : {}),
  };
  for (const [index, option] of (security_opt ?? []).entries()) {
    const plain = option.replace(/^([a-z-]+)=/, '$1:');
    const needsPrivileges = privileged || cap_add?.map(capability).includes('SYS_ADMIN');
    if (/^no-new-privileges(:true)?$/.test(plain) && !needsPrivileges) {
      context.allowPrivilegeEscalation = false;
    } else if (plain === 'seccomp:unconfined') context.seccompProfile = { type: 'Unconfined' };
    else findings.notMapped([...path, 'security_opt', index], 'the profile is on each node');
  }
  return Object.keys(context).length === 0 ? undefined : context;
}

/** Makes the security settings of a pod. */
export function podSecurity(
  name: string,
  { group_add, sysctls }: Service,
  findings: Findings,
): IPodSecurityContext | undefined {
  const groups: number[] = [];
  for (const [index, group] of (group_add ?? []).entries()) {
    if (isId(group)) groups.push(Number(group));
    else findings.notMapped(['services', name, 'group_add', index], onlyNumbers);
  }
  const settings = Object.entries(sysctls ?? {}).map(([key, value]) => ({
    name: key,
    value: value ?? '',
  }));
  if (settings.length > 0) {
    findings.changed(
      ['services', name, 'sysctls'],
      'the nodes have to allow those that are unsafe',
    );
  }
  const context = {
    ...(groups.length > 0 ? { supplementalGroups: groups } : {}),
    ...(settings.length > 0 ? { sysctls: settings } : {}),
  };
  return Object.keys(context).length === 0 ? undefined : context;
}

const onlyNumbers = 'Kubernetes knows users and groups only as numbers';

function userOf(
  user: string | undefined,
  path: readonly PropertyKey[],
  findings: Findings,
): Pick<ISecurityContext, 'runAsUser' | 'runAsGroup'> {
  if (user === undefined || user === '') return {};
  const [name = '', group] = user.split(':').map((part) => (part === 'root' ? '0' : part));
  if (!isId(name) || (group !== undefined && !isId(group))) {
    findings.notMapped([...path, 'user'], onlyNumbers);
    return {};
  }
  return { runAsUser: Number(name), ...(group ? { runAsGroup: Number(group) } : {}) };
}

function isId(text: string): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) < 2 ** 31;
}

function capability(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, '');
}
