import { isDeepStrictEqual } from 'node:util';
import { BundleError, orderOf } from '@bundle/format';
import { listInstances, readInstance } from '../instance.ts';
import { seenPlace } from '../state-folder.ts';
import { readTrustJson, writeTrustJson } from '../trust/state-json.ts';
import { withTrustLock } from '../trust/trust-lock.ts';
import { type Candidate, withImported } from './judge-order.ts';
import { nothingSeen, type Seen, seenSchema } from './seen.ts';

/** `ignore`: a damaged file is as good as none. */
type IfDamaged = 'fail' | 'ignore';

/**
 * Reads what this host has seen of a product. Where nothing was written yet, it follows from the releases on this host.
 * Fails with `trust-invalid` where the file is damaged.
 */
export async function readSeen(
  stateDir: string,
  product: string,
  ifDamaged: IfDamaged,
): Promise<Seen> {
  const written = await readWritten(stateDir, product, ifDamaged);
  return written ?? (await seenFromReleases(stateDir, product));
}

async function readWritten(
  stateDir: string,
  product: string,
  ifDamaged: IfDamaged,
): Promise<Seen | undefined> {
  try {
    return await readTrustJson(seenPlace(stateDir, product), seenSchema, seenHint);
  } catch (error) {
    const isDamaged = error instanceof BundleError && error.code === 'trust-invalid';
    if (isDamaged && ifDamaged === 'ignore') return undefined;
    throw error;
  }
}

const seenHint =
  'Nothing of this product is imported until that file is right. `bundle import --allow-older` with the newest bundle writes it again.';

export interface RememberOptions {
  /** The instance counts from this bundle on, whatever the host has seen. */
  readonly restart: boolean;
  readonly ifDamaged: IfDamaged;
  readonly signal: AbortSignal;
}

/**
 * Remembers a bundle as imported into an instance. Fails with `state-unwritable` or `no-space`, and as readSeen does.
 */
export async function rememberSeen(
  stateDir: string,
  product: string,
  candidate: Candidate,
  { restart, ifDamaged, signal }: RememberOptions,
): Promise<void> {
  /** What is to be written; undefined where it is written already. */
  const change = async (): Promise<Seen | undefined> => {
    const written = await readWritten(stateDir, product, ifDamaged);
    const before = written ?? (await seenFromReleases(stateDir, product));
    const after = withImported(before, candidate, restart);
    return isDeepStrictEqual(written, after) ? undefined : after;
  };
  if ((await change()) === undefined) return;
  await withTrustLock(
    stateDir,
    async () => {
      const after = await change();
      if (after !== undefined) await writeTrustJson(seenPlace(stateDir, product), after);
    },
    signal,
  );
}

/**
 * Does work that removes releases. On a host where nothing was written of what it has seen, only they say it: that
 * stays.
 */
export async function keepingSeen<Result>(
  stateDir: string,
  product: string,
  work: () => Promise<Result>,
): Promise<Result> {
  if ((await readWritten(stateDir, product, 'ignore')) !== undefined) return work();
  const seen = await seenFromReleases(stateDir, product);
  const result = await work();
  await withTrustLock(stateDir, async () => {
    const isWritten = (await readWritten(stateDir, product, 'ignore')) !== undefined;
    if (!isWritten) await writeTrustJson(seenPlace(stateDir, product), seen);
  });
  return result;
}

/**
 * In the order in which they were staged. A host that ran an older command, or lost the file, has nothing else to go
 * by.
 */
async function seenFromReleases(stateDir: string, product: string): Promise<Seen> {
  const states = await Promise.all((await listInstances(stateDir)).map(readInstance));
  return states
    .flatMap(({ releases }) => releases)
    .filter(({ manifest }) => manifest.product === product)
    .toSorted((a, b) => (a.staged < b.staged ? -1 : 1))
    .reduce(
      (seen, { instance, manifest, digest }) =>
        withImported(seen, { ...orderOf(manifest), instance: instance.name, digest }, false),
      nothingSeen,
    );
}
