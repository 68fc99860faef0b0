import type { Journal, Pending } from '@bundle/host';

/** What is done about the work that a run before left unfinished. */
export interface Recovery {
  /** Go on from the interrupted step, or roll back to the previous release. */
  readonly kind: 'resume' | 'undo';
  /** What is wanted now is still to be done after it. */
  readonly thenGoOn: boolean;
}

/**
 * `wanted` is the release that is asked for now; undefined when none is named. The same work again goes on, other work
 * first is undone: volumes may be half restored, so nothing else can build on them.
 */
export function planRecovery(
  { action: before, from, to, step }: Pending,
  wanted: string | undefined,
  action: Pending['action'],
): Recovery {
  // A rollback in the middle of an upgrade is the way back.
  const isBack = action === 'rollback' && before === 'up';
  const isSame = wanted === undefined ? !isBack : wanted === to;
  // Healthy already: only the names are left to write.
  if (step === 'switch') return { kind: 'resume', thenGoOn: !isSame };
  const isOther = wanted !== undefined && wanted !== from;
  if (step === 'undo') return { kind: 'undo', thenGoOn: isOther && wanted !== to };
  if (isSame && !isBack) return { kind: 'resume', thenGoOn: false };
  return { kind: 'undo', thenGoOn: isOther };
}

/** The release that a rollback without a name goes to: the last one before the running one that is still staged. */
export function previousRelease(
  journal: Journal | undefined,
  staged: readonly string[],
): string | undefined {
  const now = journal?.running?.release;
  return journal?.history
    .map(({ release }) => release)
    .findLast((release) => release !== now && staged.includes(release));
}

/** Journal once the release is healthy and `current` names it. */
export function finished(journal: Journal, pending: Pending, now: Date): Journal {
  const since = now.toISOString();
  const isSame = journal.running?.release === pending.to;
  return {
    ...journal,
    pending: null,
    running: { release: pending.to, since },
    history: isSame
      ? journal.history
      : [...journal.history, { release: pending.to, since, backup: pending.backup }],
    failed: journal.failed.filter(({ release }) => release !== pending.to),
  };
}

/** Journal once what ran before is back. A release that ran before and failed with other settings has not failed itself. */
export function undone(journal: Journal, { from, to, failure }: Pending, now: Date): Journal {
  const isFailed = failure !== undefined && from !== to;
  const others = journal.failed.filter(({ release }) => release !== to);
  const failed = { release: to, at: now.toISOString(), why: failure ?? '' };
  return { ...journal, pending: null, failed: isFailed ? [...others, failed] : journal.failed };
}
