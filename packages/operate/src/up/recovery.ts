import type { Journal, Pending } from '@bundle/host';

/** How to treat the unfinished work of a previous run. */
export interface Recovery {
  /** Continue from the interrupted step, or roll back to the previous release. */
  readonly kind: 'resume' | 'undo';
  /** Whether the requested work is still to be done afterwards. */
  readonly thenGoOn: boolean;
}

/**
 * Returns the release of a request that names none while a run is unfinished: it continues that run. Undefined for a
 * rollback in the middle of an upgrade, which undoes that upgrade.
 */
export function continuedRelease(
  pending: Pending | null | undefined,
  action: Pending['action'],
): string | undefined {
  return pending && !isBack(pending, action) ? pending.to : undefined;
}

/**
 * Decides how to recover. `wanted` is the requested release, or else that of `continuedRelease`; `isChanged` tells
 * whether the request has settings or options that the unfinished run did not have. A repeated request continues;
 * before any other one, the unfinished work is undone, because volumes may be half restored.
 */
export function planRecovery(
  pending: Pending,
  wanted: string | undefined,
  action: Pending['action'],
  isChanged: boolean,
): Recovery {
  const { from, to, step } = pending;
  const isSame = wanted === to;
  // The release is already healthy: only the link and the journal are left to write.
  if (step === 'switch') return { kind: 'resume', thenGoOn: !isSame || isChanged };
  const isOther = wanted !== undefined && wanted !== from;
  if (step === 'undo') return { kind: 'undo', thenGoOn: isOther && !isSame };
  if (!isSame || isBack(pending, action)) return { kind: 'undo', thenGoOn: isOther };
  return isChanged ? { kind: 'undo', thenGoOn: true } : { kind: 'resume', thenGoOn: false };
}

function isBack({ action: before }: Pending, action: Pending['action']): boolean {
  return action === 'rollback' && before === 'up';
}

/** Returns the default target of a rollback: the last release before the running one that is still staged. */
export function previousRelease(
  journal: Journal | undefined,
  staged: readonly string[],
): string | undefined {
  const now = journal?.running?.release;
  return journal?.history
    .map(({ release }) => release)
    .findLast((release) => release !== now && staged.includes(release));
}

/** Returns the journal for a healthy release that `current` points to. */
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

/**
 * Returns the journal after a rollback. A release that ran before and failed with other settings does not count as
 * failed.
 */
export function undone(journal: Journal, { from, to, failure }: Pending, now: Date): Journal {
  const isFailed = failure !== undefined && from !== to;
  const others = journal.failed.filter(({ release }) => release !== to);
  const failed = { release: to, at: now.toISOString(), why: failure ?? '' };
  return { ...journal, pending: null, failed: isFailed ? [...others, failed] : journal.failed };
}
