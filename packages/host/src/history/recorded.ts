import {
  BundleError,
  type BundleManifest,
  type Digest,
  defined,
  orderOf,
  type Signer,
} from '@bundle/format';
import type { Judgement } from '@bundle/trust';
import type { Instance } from '../state-folder.ts';
import { appendEntry } from './append.ts';
import type { BeganEntry, HistoryAction } from './entry.ts';
import { whoRuns } from './who.ts';

/** What is about to be done. */
export type HistoryFact = Omit<BeganEntry, 'event' | 'previous' | 'time' | 'by'>;

export interface RecordOptions {
  /** Told of what could not be recorded. */
  readonly onUnrecorded: (error: BundleError) => void;
  /** Nothing is done that cannot be recorded first. */
  readonly isRequired?: boolean;
}

/**
 * Does some work between two entries in the log of this host: one before it begins, and one with its outcome. A full
 * disk fails the first one where that is required, and never the work once it has begun: what could not be recorded is
 * told. `failureOf` finds the error in a result that has one.
 */
export async function recorded<Result>(
  stateDir: string,
  fact: HistoryFact,
  { onUnrecorded, isRequired = false }: RecordOptions,
  work: () => Promise<Result>,
  failureOf: (result: Result) => BundleError | undefined = () => undefined,
): Promise<Result> {
  const tell = (error: unknown): undefined => {
    if (!(error instanceof BundleError)) throw error;
    onUnrecorded(error);
  };
  const by = await whoRuns();
  const entry = { event: 'began', ...fact, by } as const;
  const began = await (isRequired
    ? appendEntry(stateDir, entry)
    : appendEntry(stateDir, entry).catch(tell));
  const ended = async (failure: { readonly code?: string } | undefined): Promise<void> => {
    if (began === undefined) return;
    const outcome = failure === undefined ? 'done' : 'failed';
    const fields = { event: 'ended', began, outcome, ...failure } as const;
    await appendEntry(stateDir, fields).catch(tell);
  };
  let result: Result;
  try {
    result = await work();
  } catch (error) {
    await ended(error instanceof BundleError ? { code: error.code } : {});
    throw error;
  }
  const failure = failureOf(result);
  await ended(failure && { code: failure.code });
  return result;
}

/** Says what is done to a release. */
export function releaseFact(
  action: HistoryAction,
  { name }: Pick<Instance, 'name'>,
  manifest: Pick<BundleManifest, 'product' | 'version' | 'channel' | 'sequence' | 'created'>,
  digest: Digest,
): HistoryFact {
  const { product, version } = manifest;
  return { action, instance: name, product, version, ...orderOf(manifest), digest };
}

const maxSigners = 20;
const maxNameLength = 200;

/** Returns who signed a bundle, as it is recorded. A signature whose key is not known says nothing of that. */
export function signersOf({ signatures }: Judgement): Signer[] {
  const signers = signatures.flatMap(({ fingerprint, verdict, principals }) => {
    if (fingerprint === undefined) return [];
    const name = principals?.slice(0, maxNameLength);
    return [{ key: fingerprint, verdict, ...defined({ name }) }];
  });
  return signers.slice(0, maxSigners);
}
