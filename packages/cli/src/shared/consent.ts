import {
  type Permission,
  type PermissionKind,
  permissionId,
  permissionText,
} from '@bundle/compose';
import type { Consent } from '@bundle/operate';
import type { Context } from '../outcome.ts';
import { visible } from './terminal/escape.ts';

/**
 * Agrees to what `--allow` names, and asks a person about the rest: once for each permission in a run. Where nobody can be
 * asked, nobody agrees.
 */
export function consentOf(
  { ask, say }: Pick<Context, 'ask' | 'say'>,
  allow: readonly (PermissionKind | 'all')[],
): Consent {
  const agreed = new Set<string>();
  return async (permissions) => {
    const open = permissions.filter(
      (one) =>
        !allow.includes('all') && !allow.includes(one.kind) && !agreed.has(permissionId(one)),
    );
    if (open.length === 0) return true;
    if (ask === undefined) return false;
    say(permissionsText(open));
    if (!(await ask('Allow this, for this release and later ones?'))) return false;
    for (const one of open) agreed.add(permissionId(one));
    return true;
  };
}

function permissionsText(permissions: readonly Permission[]): string {
  const lines = permissions.map((one) => `  ${visible(`${one.service} ${permissionText(one)}`)}`);
  return ['It asks for this of the host:', ...lines].join('\n');
}
