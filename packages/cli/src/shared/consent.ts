import type { Permission } from '@bundle/compose';
import type { PermissionKind } from '@bundle/format';
import type { Consent } from '@bundle/operate';
import type { Context } from '../outcome.ts';
import { visible } from './terminal/escape.ts';
import { t, translated } from './text/text.ts';

/** What somebody has allowed an application in this run. */
export interface Permitted {
  /** Returns the permissions that nobody has granted yet. */
  readonly open: (permissions: readonly Permission[]) => readonly Permission[];
  /** Grants permissions, because somebody agreed to a plan that lists them. */
  readonly grant: (permissions: readonly Permission[]) => void;
  /** Asks for what is still open. Where nobody can be asked, nothing more is granted. */
  readonly consent: Consent;
}

/** Grants what `--allow` names; the rest is granted by an answer, once per permission in a run. */
export function permittedBy(
  { ask, say }: Pick<Context, 'ask' | 'say'>,
  allow: readonly (PermissionKind | 'all')[],
): Permitted {
  const agreed = new Set<string>();
  const open = (permissions: readonly Permission[]): readonly Permission[] =>
    permissions.filter(
      (one) => !allow.includes('all') && !allow.includes(one.kind) && !agreed.has(keyOf(one)),
    );
  const grant = (permissions: readonly Permission[]): void => {
    for (const one of permissions) agreed.add(keyOf(one));
  };
  const consent: Consent = async (permissions) => {
    const still = open(permissions);
    if (still.length === 0) return true;
    if (ask === undefined) return false;
    const { permissionText } = await import('./render/permissions.ts');
    say(permissionsText(still, permissionText));
    if (!(await ask(t`Allow this, for this release and later ones?`))) return false;
    grant(still);
    return true;
  };
  return { open, grant, consent };
}

function keyOf({ service, kind, detail }: Permission): string {
  return `${service} ${kind} ${detail}`;
}

function permissionsText(
  permissions: readonly Permission[],
  permissionText: (permission: Permission) => string,
): string {
  const lines = permissions.map(
    (one) => `  ${visible(`${one.service} ${translated(permissionText(one))}`)}`,
  );
  return [t`It asks for this of the host:`, ...lines].join('\n');
}

/** Returns what a question adds where agreeing to a plan allows something of the host. */
export function allowWords(open: readonly Permission[]): string {
  return open.length === 0
    ? ''
    : t`, and allow what it asks for of the host, for this release and later ones`;
}
