import { BundleError } from '@bundle/format';

/** Makes the error for a file of hosts that cannot be used. */
export function invalidHosts(file: string, found: string, hint?: string): BundleError {
  return new BundleError('hosts-invalid', {
    operation: 'reading the hosts in',
    subject: file,
    expected: 'a file of hosts (docs/fleet.md), or an inventory of Ansible in INI or YAML',
    found,
    hint: hint ?? 'Correct the file, then run the command again.',
  });
}
