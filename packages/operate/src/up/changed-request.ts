import { findRelease, type Pending } from '@bundle/host';
import { planSettings } from '@bundle/host/settings';
import type { StepContext } from './step-context.ts';

/**
 * Tells whether a request for the release of an unfinished run has settings or options that the run did not have. What a
 * run was given is in the files of its release. Fails with `usage` for settings that the release does not have.
 */
export async function isChangedRequest(
  { state, options }: Pick<StepContext, 'state' | 'options'>,
  { to, backup, restore }: Pending,
): Promise<boolean> {
  const { reset, backupVolumes, restoreVolumes, given, lookup } = options;
  // The journal does not say whether the run had `--reset`; another one does no harm.
  if (reset || (backupVolumes && backup === null) || (restoreVolumes && restore === null))
    return true;
  if (Object.keys(given).length === 0) return false;
  const target = findRelease(state, to);
  const sources = { target, running: undefined, ranBefore: true, lookup };
  return (await planSettings(sources, given)).files.length > 0;
}
