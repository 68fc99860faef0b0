import { BundleError } from '@bundle/format';
import { failureOf } from './answers.ts';
import { whenFree } from './change-host.ts';
import type { HostEntry } from './journal.ts';
import type { Remote } from './remote.ts';
import type { DeployOptions } from './types.ts';

/**
 * Brings a host back to what ran before the deployment of `deployed`, if that runs or was begun: rolls back to the
 * release from before, or removes the application where the host did not have it. A release that somebody else deployed
 * meanwhile stays. Returns what was done.
 */
export async function bringBack(
  remote: Remote,
  { before, wasThere }: HostEntry,
  name: string,
  deployed: string,
  options: DeployOptions,
): Promise<'nothing' | 'rolled back' | 'removed'> {
  // Stopping here would leave the host in between.
  const { signal } = new AbortController();
  const instance = (await remote.instances(signal)).find((one) => one.name === name);
  if (instance === undefined) return 'nothing';
  const { release = null, state, interrupted } = instance;
  if (release === before && interrupted === undefined && state !== 'degraded') return 'nothing';
  const isOthers = release !== null && release !== before && release !== deployed;
  if (isOthers && interrupted === undefined) return 'nothing';
  if (before === null && wasThere) {
    throw new BundleError('return-failed', {
      operation: `on ${remote.name}: bringing back what ran before`,
      found: 'no release ran there before, and others are imported',
      hint: `Stop it by hand: docker compose -p ${name} down.`,
    });
  }
  const words =
    before === null
      ? ['uninstall', '--yes', '--name', name]
      : [
          'rollback',
          `sha256:${before.slice(-12)}`,
          '--yes',
          '--name',
          name,
          ...options.rollbackWords,
        ];
  const answer = await whenFree({ ...options, signal }, () => remote.bundle(words));
  const failure = failureOf(remote.name, 'bringing back what ran before', answer);
  if (failure !== undefined) throw failure;
  return before === null ? 'removed' : 'rolled back';
}
