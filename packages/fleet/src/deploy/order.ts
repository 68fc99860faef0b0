import { BundleError } from '@bundle/format';
import type { Host } from '../hosts/host.ts';

/** Returns the hosts that go first, alone. Fails with `hosts-invalid` for a name that is none. */
export function canariesOf(
  hosts: readonly Host[],
  canary: number | readonly string[],
  file: string,
): ReadonlySet<string> {
  if (typeof canary === 'number') return new Set(hosts.slice(0, canary).map(({ name }) => name));
  const names = new Set(hosts.map(({ name }) => name));
  const unknown = canary.find((name) => !names.has(name));
  if (unknown === undefined) return new Set(canary);
  throw new BundleError('hosts-invalid', {
    operation: 'looking for the canary in',
    subject: file,
    expected: 'the name of a host that is deployed to',
    found: unknown,
    hint: 'Correct --canary: a number, or names with commas between.',
  });
}
