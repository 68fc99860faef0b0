import { isAtOrBelow } from '@bundle/compose';
import { BundleError } from '@bundle/format';
import type { Context } from '../../outcome.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';

/**
 * Asks whether private keys may go into the bundle, unless that was allowed for all or for each by name. Fails with
 * `private-key-found` where nobody agrees.
 */
export async function agreeToKeys(
  keys: readonly string[],
  allowed: true | readonly string[],
  { ask, say }: Pick<Context, 'ask' | 'say'>,
): Promise<void> {
  if (allowed === true) return;
  const asked = keys.filter((key) => !allowed.some((path) => isAtOrBelow(key, path)));
  if (asked.length === 0) return;
  if (ask !== undefined) {
    for (const key of asked) say(t`private key: ${visible(key)}`);
    if (await ask(t`Pack these private keys?`)) return;
  }
  throw new BundleError('private-key-found', {
    operation: 'packing what services mount',
    expected: 'no private key, or somebody who allows it',
    found: asked.join('\n'),
    hint: 'Whoever has the bundle has the key. Leave it out with --exclude FILE and bring it to the offline host by itself, or allow it with --allow-private-keys, or by name in `privateKeys:` of a spec.',
  });
}
