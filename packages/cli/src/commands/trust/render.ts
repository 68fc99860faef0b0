import type { HostTrust, TrustPlaces } from '@bundle/host';
import { tableText } from '../../shared/render/table.ts';
import { count } from '../../shared/render/words.ts';
import type { Colours } from '../../shared/terminal/colours.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';

export function trustText(
  { trusted = [], revoked, required, now }: HostTrust,
  { folder }: TrustPlaces,
  colours: Colours,
): string {
  const rows = trusted.map(({ key, principals, namespaces, validAfter, validBefore }) => [
    visible(principals),
    key.type,
    key.fingerprint,
    [
      ...(revoked.has(key.fingerprint) ? ['revoked'] : []),
      ...(namespaces === undefined ? [] : [t`for ${visible(namespaces)}`]),
      ...(validAfter === undefined ? [] : [t`from ${validAfter.toISOString()}`]),
      ...(validBefore === undefined ? [] : [t`until ${validBefore.toISOString()}`]),
    ].join(', '),
  ]);
  const keys =
    rows.length === 0
      ? t`No key is trusted.`
      : tableText(['SIGNER', 'TYPE', 'KEY', ''], rows, colours);
  const lost = revoked.size === 0 ? [] : [`Revoked: ${[...revoked].join(', ')}`];
  const time = trusted.some(
    ({ validAfter, validBefore }) => (validAfter ?? validBefore) !== undefined,
  )
    ? [t`Lifetimes are compared with ${now.toISOString()}.`]
    : [];
  return [keys, ...lost, requirementText(required), ...time, `In ${visible(folder)}`].join('\n');
}

/** Says which signatures an import needs on this host. */
export function requirementText(required: number): string {
  if (required === 0) return t`Unsigned bundles are accepted.`;
  return t`An import needs a signature by ${required === 1 ? t`a trusted key` : count(required, 'trusted signer')}.`;
}
