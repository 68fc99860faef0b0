import { systemErrorCode } from '@bundle/format';

const ended =
  'The connection ended in the middle. Check the network and that host, then run the command again.';

/** What ssh and the shell on the other side say, and what to do about it; the first that fits. */
const known: readonly (readonly [words: RegExp, hint: string])[] = [
  [
    /identification has changed|host key for .* has changed/i,
    'This host has another key than the one that ssh knows of it: ask its administrator whether it was changed, and if so remove the old one (`ssh-keygen -R HOST`) and connect once with ssh. If not, somebody else answers there.',
  ],
  [
    /host key verification failed|no .* host key is known/i,
    'ssh does not know this host yet: connect to it once with ssh, compare the fingerprint with what its administrator says, and answer yes.',
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
    'The user on that host may not use the engine’s socket: log in as another one, or let an administrator add this one to its group docker.',
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

/** Why ssh did not lead to an engine; undefined for what is not a failure of ssh. */
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
    return { found: 'no command ssh here', hint };
  }
  const lines = String(error.stderr ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const words = lines.join('\n');
  // A session that is killed on the other side ends without a word.
  const hint = words === '' ? ended : known.find(([pattern]) => pattern.test(words))?.[1];
  return {
    found: lines.at(-1) ?? 'an ssh that ended without a word',
    hint: hint ?? 'See whether `ssh HOST docker version` works, and run the command again.',
  };
}
