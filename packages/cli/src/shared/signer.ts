import { resolve } from 'node:path';
import type { SigningKey } from '@bundle/sign';
import type { Context } from '../outcome.ts';
import { usageError } from '../usage.ts';
import { visible } from './terminal/escape.ts';
import { t } from './text/text.ts';

/** Returns what signs with each of the keys in turn, and joins the signatures. */
export function signer(
  keys: readonly string[],
  context: Context,
): (bytes: Buffer) => Promise<string> {
  return async (bytes) => {
    const { signManifest } = await import('@bundle/sign');
    context.endProgress();
    const texts: string[] = [];
    for (const key of keys)
      texts.push((await signManifest(bytes, resolve(context.cwd, key), context)).text);
    return texts.join('');
  };
}

/** Returns the key for a signature in Sigstore's form; its passphrase is asked for when it is used. */
export function sigstoreSigner(path: string, { cwd, askText }: Context): SigningKey {
  const askPassphrase = async (): Promise<string> => {
    const hint = 'Run the command on a terminal, or sign with a key that has no passphrase.';
    if (askText === undefined) throw usageError('the key', 'a passphrase', 'no terminal', hint);
    return askText(t`Passphrase of ${visible(path)}:`, { secret: true });
  };
  return { sigstoreKey: resolve(cwd, path), askPassphrase };
}
