import type { Digest } from '@bundle/format';
import { readHostTrust, rememberTime } from '@bundle/host';
import type { Judgement } from '@bundle/trust';
import { checkIdentity, checkSigners, type OpenedBundle } from '@bundle/verify';

/** That this host accepts a bundle. */
export interface Admission {
  readonly signatures: Judgement;
  /** Once it is imported: remembers what must not go back from here. */
  readonly remember: () => Promise<void>;
}

/**
 * Decides whether this host accepts a bundle at all, by bundle.json and its signatures alone: before anything else is looked
 * at. Fails with `identity-mismatch`, with `trust-invalid`, and as checkSigners does.
 */
export async function admit(
  opened: OpenedBundle,
  { stateDir, expectDigest }: { readonly stateDir: string; readonly expectDigest?: Digest },
): Promise<Admission> {
  checkIdentity(opened, expectDigest);
  const trust = await readHostTrust(stateDir);
  const signatures = checkSigners(opened, trust);
  const remember = async (): Promise<void> => {
    // Only lifetimes of keys depend on the time.
    if (trust.trusted !== undefined) await rememberTime(stateDir, trust.now);
  };
  return { signatures, remember };
}
