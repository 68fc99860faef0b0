import type { Digest } from '@bundle/format';
import {
  bundledRelease,
  instanceOf,
  type Journal,
  type Release,
  readHostTrust,
  readJournal,
  rememberSeen,
  rememberTime,
} from '@bundle/host';
import type { Judgement } from '@bundle/trust';
import { checkIdentity, checkSigners, type OpenedBundle } from '@bundle/verify';
import { checkOrder, type OrderOptions } from './check-order.ts';

/** Acceptance of a bundle by this host. */
export interface Admission {
  readonly signatures: Judgement;
  /** Release made from the bundle. */
  readonly release: Release;
  readonly journal: Journal | undefined;
  /** Whether it is older than one that this host has seen, and was accepted deliberately. */
  readonly isAllowedOlder: boolean;
  /** Checks again, once the lock is held, that it still follows the imported bundles. */
  readonly checkAgain: () => Promise<void>;
  /** Records the bundle as imported, and the current time: neither may go back on this host. */
  readonly remember: (signal: AbortSignal) => Promise<void>;
}

export interface AdmitOptions extends OrderOptions {
  readonly stateDir: string;
  readonly expectDigest?: Digest;
  /** Name of the instance; absent: the product. */
  readonly name?: string | undefined;
}

/**
 * Decides whether this host accepts a bundle at all, by bundle.json and its signatures alone: before anything else is
 * looked at. Fails with `identity-mismatch`, with `trust-invalid`, and as checkSigners and checkOrder do.
 */
export async function admit(opened: OpenedBundle, options: AdmitOptions): Promise<Admission> {
  const { stateDir, expectDigest, name } = options;
  checkIdentity(opened, expectDigest);
  const trust = await readHostTrust(stateDir);
  const signatures = await checkSigners(opened, trust);
  const { product } = opened.manifest;
  const instance = instanceOf(stateDir, name ?? product);
  const release = bundledRelease(opened, instance);
  const journal = await readJournal(instance);
  const { candidate, isAllowedOlder } = await checkOrder(opened, release, journal, options);
  const checkAgain = async (): Promise<void> => {
    await checkOrder(opened, release, await readJournal(instance), options);
  };
  const remember = async (signal: AbortSignal): Promise<void> => {
    // Only the lifetimes of keys depend on the time.
    if (trust.trusted !== undefined) await rememberTime(stateDir, trust.now);
    const ifDamaged = options.allowOlder === true ? 'ignore' : 'fail';
    await rememberSeen(stateDir, product, candidate, {
      restart: isAllowedOlder,
      ifDamaged,
      signal,
    });
  };
  return { signatures, release, journal, isAllowedOlder, checkAgain, remember };
}
