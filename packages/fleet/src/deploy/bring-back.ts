import { BundleError } from '@bundle/format';
import type { Host } from '../hosts/host.ts';
import { failureOf } from './answers.ts';
import { lacksSettings, whenFree } from './change-host.ts';
import type { HostEntry } from './journal.ts';
import { type Remote, releaseWord } from './remote.ts';
import type { DeployOptions } from './types.ts';

/**
 * Brings a host back to what ran before the deployment of `deployed`, if that runs or was begun: rolls back to the
 * release from before, restores the settings from before, or removes the application where the host did not have it. A
 * release that somebody else deployed meanwhile stays. Returns what was done.
 */
export async function bringBack(
  remote: Remote,
  host: Host,
  { before, wasThere, state: reached }: HostEntry,
  name: string,
  deployed: string,
  options: DeployOptions,
): Promise<'nothing' | 'rolled back' | 'removed'> {
  // Stopping here would leave the host in between.
  const { signal } = new AbortController();
  const instance = (await remote.instances(signal)).find((one) => one.name === name);
  if (instance === undefined) return 'nothing';
  const { release = null, state, interrupted } = instance;
  const isUnchanged = release === before && interrupted === undefined && state !== 'degraded';
  if (isUnchanged && before !== deployed) return 'nothing';
  // The host itself restored its settings, unless nobody saw the end of its start.
  const isSeen = reached === 'deployed' || before === null || !isUnchanged;
  if (!isSeen && (await lacksSettings(remote, host, name, before, options, signal)))
    return 'nothing';
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
      : ['rollback', releaseWord(before), '--yes', '--name', name, ...options.rollbackWords];
  const answer = await whenFree({ ...options, signal }, () => remote.bundle(words));
  const failure = failureOf(remote.name, 'bringing back what ran before', answer);
  if (failure !== undefined) throw failure;
  return before === null ? 'removed' : 'rolled back';
}
