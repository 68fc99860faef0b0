import { systemErrorCode } from '@bundle/format';

const ended =
  'The connection was lost. Check the network and that host, then run the command again.';

/** Messages of ssh and of the remote shell, each with its hint; the first match counts. */
const known: readonly (readonly [words: RegExp, hint: string])[] = [
  [
    /identification has changed|host key for .* has changed/i,
    'The key of that host differs from the one that ssh knows: ask its administrator whether it was changed. If it was, remove the old key (`ssh-keygen -R HOST`) and connect once with ssh. If not, somebody else is answering there.',
  ],
  [
    /host key verification failed|no .* host key is known/i,
    'ssh does not know this host yet: connect to it once with ssh, compare the fingerprint with the one from its administrator, and answer yes.',
  ],
  [
    /permission denied \([^)]*\)|too many authentication failures|no supported authentication/i,
    'ssh would have to ask for a password or a passphrase, or the host does not know your key. Add the key to the agent (`ssh-add`), or your public key to the host (`ssh-copy-id`), until `ssh -o BatchMode=yes HOST true` succeeds.',
  ],
  [
    /docker: (command )?not found|docker: no such file|unknown command.*docker/i,
    'Install Docker on that host, or put its command on the PATH of commands that ssh runs (`ssh HOST docker version`).',
  ],
  [
    /raw stream connection.*permission denied/i,
    'The user on that host may not use the engine’s socket: log in as another user, or let an administrator add this one to the group docker there.',
  ],
  [
    /raw stream connection|cannot connect to the docker daemon/i,
    'Start the engine on that host, or name its socket: ssh://HOST/PATH.',
  ],
  [
    /could not resolve|connection refused|timed out|no route to host|network is unreachable/i,
    'Check the name and the port, that the host is up, and that its SSH server runs (`ssh HOST`).',
  ],
  [/closed by|broken pipe|not responding|connection reset|send disconnect/i, ended],
];

/**
 * Finds the line that matters in what ssh said, and what to do about it; the hint is undefined for unknown messages. The
 * last line may only be a consequence: behind a jump host it is always that the connection was closed.
 */
export function sshProblem(stderr: string): { readonly found: string; readonly hint?: string } {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^@+$/.test(line));
  const [last] = lines.slice(-1);
  // A session that is killed on the other side ends without a message.
  if (last === undefined) return { found: 'ssh ended without a message', hint: ended };
  for (const [pattern, hint] of known) {
    const found = lines.findLast((line) => pattern.test(line));
    if (found !== undefined) return { found, hint };
  }
  return { found: last };
}

/** Returns why ssh did not reach an engine; undefined for anything that is not a failure of ssh. */
export function sshFailure(
  error: unknown,
  host: string,
): { readonly found: string; readonly hint: string } | undefined {
  if (!host.startsWith('ssh://') || !(error instanceof Error) || !('stderr' in error)) {
    return undefined;
  }
  if (systemErrorCode(error) === 'ENOENT') {
    const hint =
      'Install it (Debian: apt install openssh-client), or use the engine by another address.';
    return { found: 'no ssh command on this host', hint };
  }
  const { found, hint } = sshProblem(String(error.stderr ?? ''));
  const check = 'Check that `ssh HOST docker version` works, then run the command again.';
  return { found, hint: hint ?? check };
}
