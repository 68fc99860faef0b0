import type { Permission } from '@bundle/compose';
import type { PermissionKind } from '@bundle/format';
import type { Consent } from '@bundle/operate';
import type { Context } from '../outcome.ts';
import { visible } from './terminal/escape.ts';

/**
 * Grants what `--allow` names and asks about the rest, once per permission in a run. Where nobody can be asked,
 * nothing more is granted.
 */
export function consentOf(
  { ask, say }: Pick<Context, 'ask' | 'say'>,
  allow: readonly (PermissionKind | 'all')[],
): Consent {
  const agreed = new Set<string>();
  return async (permissions) => {
    const { permissionId, permissionText } = await import('./permissions.ts');
    const open = permissions.filter(
      (one) =>
        !allow.includes('all') && !allow.includes(one.kind) && !agreed.has(permissionId(one)),
    );
    if (open.length === 0) return true;
    if (ask === undefined) return false;
    say(permissionsText(open, permissionText));
    if (!(await ask('Allow this, for this release and later ones?'))) return false;
    for (const one of open) agreed.add(permissionId(one));
    return true;
  };
}

function permissionsText(
  permissions: readonly Permission[],
  permissionText: (permission: Permission) => string,
): string {
  const lines = permissions.map((one) => `  ${visible(`${one.service} ${permissionText(one)}`)}`);
  return ['It asks for this of the host:', ...lines].join('\n');
}
