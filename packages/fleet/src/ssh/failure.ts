import { sshHint } from '@bundle/engine/ssh-failure';
import { BundleError, systemErrorCode } from '@bundle/format';
import type { Host } from '../hosts/host.ts';

/** Makes the error for a host that ssh does not reach, or lost; `stderr` is what ssh said. */
export function unreachable({ name }: Host, stderr: string, cause?: unknown): BundleError {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^@+$/.test(line));
  const isMissing = systemErrorCode(cause) === 'ENOENT';
  return new BundleError('host-unreachable', {
    operation: 'connecting to',
    subject: name,
    found: isMissing
      ? 'no ssh command on this host'
      : (lines.at(-1)?.slice(0, 1000) ?? 'ssh ended without a message'),
    hint: isMissing
      ? 'Install it (Debian: apt install openssh-client).'
      : (sshHint(lines.join('\n')) ??
        'Check that `ssh -o BatchMode=yes HOST true` works, then run the command again.'),
    cause,
  });
}
