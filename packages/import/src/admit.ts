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
import { checkOrder, type OrderOptions, type OrderReport } from './check-order.ts';

/** Acceptance of a bundle by this host. */
export interface Admission
  extends Pick<OrderReport, 'candidate' | 'isAllowedOlder' | 'seemsOlderThan'> {
  readonly signatures: Judgement;
  /** Release made from the bundle. */
  readonly release: Release;
  readonly journal: Journal | undefined;
  /** Checks again, once the lock is held, that it still follows the imported bundles. */
  readonly checkAgain: () => Promise<void>;
  /** Records the bundle as imported, and the current time: neither may go back on this host. */
  readonly remember: (signal: AbortSignal) => Promise<void>;
}

export interface AdmitOptions extends Omit<OrderOptions, 'isSigned'> {
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
  const ordering = { ...options, isSigned: trust.required > 0 };
  const order = await checkOrder(opened, release, journal, ordering);
  const checkAgain = async (): Promise<void> => {
    await checkOrder(opened, release, await readJournal(instance), ordering);
  };
  const remember = async (signal: AbortSignal): Promise<void> => {
    // Only the lifetimes of keys depend on the time.
    if (trust.trusted !== undefined) await rememberTime(stateDir, trust.now);
    const ifDamaged = options.allowOlder === true ? 'ignore' : 'fail';
    await rememberSeen(stateDir, product, order.candidate, {
      restart: order.isAllowedOlder,
      ifDamaged,
      signal,
    });
  };
  return { ...order, signatures, release, journal, checkAgain, remember };
}
