import { join, resolve } from 'node:path';
import { userFolder } from '@bundle/files/user-folders';
import type { Context } from '../outcome.ts';

type Surroundings = Pick<Context, 'env' | 'cwd'>;

/** Returns the state folder: the option, BUNDLE_STATE_DIR, /var/lib/bundle as root, or the XDG state folder. */
export function stateFolder(
  option: string | undefined,
  { env, cwd }: Surroundings,
  isRoot = process.getuid?.() === 0,
): string {
  const chosen = option ?? env['BUNDLE_STATE_DIR'];
  if (chosen) return resolve(cwd, chosen);
  if (isRoot) return '/var/lib/bundle';
  return join(userFolder('state', env), 'bundle');
}

/** Size of the layer cache beyond which an export deletes the least recently used layers. */
export const maxCacheBytes = 20_000_000_000;

/** Returns the layer cache: the option, BUNDLE_LAYER_CACHE (`off` for none), or the XDG cache folder. */
export function cacheFolder(
  option: string | false | undefined,
  { env, cwd }: Surroundings,
): string | undefined {
  const chosen = option ?? env['BUNDLE_LAYER_CACHE'];
  if (chosen === false || chosen === 'off') return undefined;
  if (chosen) return resolve(cwd, chosen);
  return ownCache(env);
}

/** Returns the folder in which exports keep the plugins of docker as bundles carry them. */
export function pluginCache({ env }: Pick<Surroundings, 'env'>): string {
  return join(ownCache(env), 'plugins');
}

function ownCache(env: Surroundings['env']): string {
  return join(userFolder('cache', env), 'bundle');
}
