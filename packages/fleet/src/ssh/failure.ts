import { sshProblem } from '@bundle/engine/ssh-failure';
import { BundleError, systemErrorCode } from '@bundle/format';
import type { Host } from '../hosts/host.ts';

/** Makes the error for a host that ssh does not reach, or lost; `stderr` is what ssh said. */
export function unreachable({ name }: Host, stderr: string, cause?: unknown): BundleError {
  const isMissing = systemErrorCode(cause) === 'ENOENT';
  const problem = sshProblem(stderr);
  return new BundleError('host-unreachable', {
    operation: 'connecting to',
    subject: name,
    found: isMissing ? 'no ssh command on this host' : problem.found.slice(0, 1000),
    hint: isMissing
      ? 'Install it (Debian: apt install openssh-client).'
      : (problem.hint ??
        'Check that `ssh -o BatchMode=yes HOST true` works, then run the command again.'),
    cause,
  });
}
