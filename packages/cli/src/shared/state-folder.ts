import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Context } from '../outcome.ts';

/** Where releases are kept: the option, BUNDLE_STATE_DIR, /var/lib/bundle as root, the XDG state folder. */
export function stateFolder(
  option: string | undefined,
  { env, cwd }: Pick<Context, 'env' | 'cwd'>,
  isRoot = process.getuid?.() === 0,
): string {
  const chosen = option ?? env['BUNDLE_STATE_DIR'];
  if (chosen) return resolve(cwd, chosen);
  if (isRoot) return '/var/lib/bundle';
  return join(env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'bundle');
}
