import { BundleError } from '@bundle/format';
import type { Journal } from '@bundle/host';
import { findRelease, type InstanceState, type StagedRelease } from '@bundle/host';
import { noBackup } from '../volumes/check.ts';
import { previousRelease } from './recovery.ts';
import type { BringUpOptions } from './types.ts';

/** Returns the named release, or the default of a start or a rollback. Fails with `release-not-found`. */
export function chooseTarget(
  state: InstanceState,
  { release, action }: BringUpOptions,
): StagedRelease {
  if (release !== undefined) return findRelease(state, release);
  const staged = state.releases.map(({ name }) => name);
  const name =
    action === 'rollback'
      ? previousRelease(state.journal, staged)
      : (state.journal?.running?.release ?? state.current ?? onlyOne(staged));
  if (name !== undefined) return findRelease(state, name);
  throw new BundleError('release-not-found', {
    operation:
      action === 'rollback' ? 'looking for the previous release of' : 'looking for a release of',
    subject: state.name,
    expected: action === 'rollback' ? 'a release that ran before' : 'a current release',
    found: staged.length === 0 ? 'none' : `${staged.join(', ')}, none of which ran before`,
    hint: staged.length === 0 ? 'Import its bundle.' : 'Name the version: `bundle up VERSION`.',
  });
}

function onlyOne(staged: readonly string[]): string | undefined {
  return staged.length === 1 ? staged[0] : undefined;
}

/**
 * Returns the volume copy that was made just before the running release started, while `target` ran. Fails with
 * `backup-missing`.
 */
export function backupBefore(
  { name }: InstanceState,
  journal: Journal,
  target: StagedRelease,
): string {
  const backup = journal.history.at(-1)?.backup;
  if (backup?.endsWith(target.name)) return backup;
  throw noBackup(`${name} ${target.manifest.version}`);
}
