import { resolve } from 'node:path';
import type { Context } from '../outcome.ts';

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
