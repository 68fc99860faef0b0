import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

const folders = {
  config: ['XDG_CONFIG_HOME', '.config'],
  state: ['XDG_STATE_HOME', '.local/state'],
  cache: ['XDG_CACHE_HOME', '.cache'],
} as const;

/**
 * Returns the absolute path of a user's folder for files of one kind (XDG Base Directory Specification). A relative path
 * in a variable is ignored, as the specification says: otherwise the current folder would decide.
 */
export function userFolder(kind: keyof typeof folders, env: Environment): string {
  const [variable, usual] = folders[kind];
  return absolute(env[variable]) ?? join(homeFolder(env), usual);
}

/** Returns the absolute path of the home folder: HOME, or that of the account where HOME is not an absolute path. */
export function homeFolder(env: Environment = process.env): string {
  return absolute(env['HOME']) ?? accountHome();
}

/** Returns the folder for the sockets of a user's own services, such as their systemd. */
export function runtimeFolder(env: Environment): string {
  // A login sets the variable, `sudo -u` and `su` do not.
  return absolute(env['XDG_RUNTIME_DIR']) ?? `/run/user/${process.getuid?.() ?? 0}`;
}

function accountHome(): string {
  try {
    return absolute(userInfo().homedir) ?? '/';
  } catch {
    // The user has a number and no account, as in some containers. Docker sets HOME=/ for such a user.
    return '/';
  }
}

function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}
