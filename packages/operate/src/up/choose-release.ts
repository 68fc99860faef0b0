import { BundleError } from '@bundle/format';
import type { Journal } from '@bundle/host';
import { findRelease, type InstanceState, type StagedRelease } from '@bundle/host';
import { noBackup } from '../volumes/check.ts';
import { previousRelease } from './recovery.ts';
import type { BringUpOptions } from './types.ts';

/** The release that is named, else the one that a start or a rollback without a name means. Fails with `release-not-found`. */
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
      action === 'rollback' ? 'looking for the release before on' : 'looking for a release of',
    subject: state.name,
    expected: action === 'rollback' ? 'one that ran before' : 'a current one',
    found: staged.length === 0 ? 'none' : `${staged.join(', ')}, none of which ran before`,
    hint: staged.length === 0 ? 'Import its bundle.' : 'Name the version: `bundle up VERSION`.',
  });
}

function onlyOne(staged: readonly string[]): string | undefined {
  return staged.length === 1 ? staged[0] : undefined;
}

/** The copy that was made just before the running release started, while `target` ran. */
export function backupBefore(
  { name }: InstanceState,
  journal: Journal,
  target: StagedRelease,
): string {
  const backup = journal.history.at(-1)?.backup;
  if (backup?.endsWith(target.name)) return backup;
  throw noBackup(`${name} ${target.manifest.version}`);
}
