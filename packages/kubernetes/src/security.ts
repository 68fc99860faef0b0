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

/** What a pod runs as and mounts, besides what its service says. */
export interface PodFacts {
  /** User of the image; empty: root. */
  readonly imageUser: string;
  /** Whether it mounts claims or secrets, which belong to root. */
  readonly hasRootFiles: boolean;
}

/** Makes the security settings of a pod. */
export function podSecurity(
  name: string,
  service: Service,
  facts: PodFacts,
  findings: Findings,
): IPodSecurityContext | undefined {
  const { group_add, sysctls } = service;
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
  const fsGroup = facts.hasRootFiles ? fileGroup(name, service, facts, findings) : undefined;
  const context = {
    ...(fsGroup === undefined ? {} : { fsGroup }),
    ...(groups.length > 0 ? { supplementalGroups: groups } : {}),
    ...(settings.length > 0 ? { sysctls: settings } : {}),
  };
  return Object.keys(context).length === 0 ? undefined : context;
}

const onlyNumbers = 'Kubernetes knows users and groups only as numbers';

/** Returns the group that claims and secrets get, so that a user who is not root reads and writes them. */
function fileGroup(
  name: string,
  { user }: Service,
  { imageUser }: PodFacts,
  findings: Findings,
): number | undefined {
  const ids = idsOf(user || imageUser);
  if (ids === undefined && !user) {
    findings.changed(
      ['services', name, 'user'],
      `the image runs as ${imageUser}: give user as numbers, or it may not read secrets and write claims`,
    );
  }
  return ids === undefined || ids.user === 0 ? undefined : (ids.group ?? ids.user);
}

function userOf(
  user: string | undefined,
  path: readonly PropertyKey[],
  findings: Findings,
): Pick<ISecurityContext, 'runAsUser' | 'runAsGroup'> {
  if (user === undefined || user === '') return {};
  const ids = idsOf(user);
  if (ids === undefined) {
    findings.notMapped([...path, 'user'], onlyNumbers);
    return {};
  }
  return {
    runAsUser: ids.user,
    ...(ids.group === undefined ? {} : { runAsGroup: ids.group }),
  };
}

/** Reads `USER:GROUP`, empty for root; undefined where one of them is a name. */
function idsOf(text: string): { readonly user: number; readonly group?: number } | undefined {
  const [user = '', group] = text.split(':').map((part) => (part === 'root' ? '0' : part));
  if (!isId(user || '0') || (group && !isId(group))) return undefined;
  return { user: Number(user), ...(group ? { group: Number(group) } : {}) };
}

function isId(text: string): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) < 2 ** 31;
}

function capability(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, '');
}
