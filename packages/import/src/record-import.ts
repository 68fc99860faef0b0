import { recorded, releaseFact, signersOf } from '@bundle/host';
import type { AdmittedImport } from './import-types.ts';

/** Runs the work of an import and writes its outcome to the log of this host. */
export function recordImport(
  { opened, admission, options }: AdmittedImport,
  work: () => Promise<void>,
): Promise<void> {
  const { release, signatures } = admission;
  const fact = {
    ...releaseFact('import', release.instance, opened.manifest, opened.digest),
    signers: signersOf(signatures),
    ...(options.allowOlder === true ? { allowed: ['older' as const] } : {}),
  };
  // Returning to an older release on purpose must be recorded.
  const recording = { onUnrecorded: options.onUnrecorded, isRequired: true };
  return recorded(options.stateDir, fact, recording, work);
}
