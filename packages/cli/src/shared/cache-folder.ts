import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Context } from '../outcome.ts';

/** An export deletes what was not used for longest beyond this. */
export const maxCacheBytes = 20_000_000_000;

/** Where known layers are kept: the option, BUNDLE_LAYER_CACHE (`off`: nowhere), the XDG cache folder. */
export function cacheFolder(
  option: string | false | undefined,
  { env, cwd }: Pick<Context, 'env' | 'cwd'>,
): string | undefined {
  const chosen = option ?? env['BUNDLE_LAYER_CACHE'];
  if (chosen === false || chosen === 'off') return undefined;
  if (chosen) return resolve(cwd, chosen);
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'bundle');
}
