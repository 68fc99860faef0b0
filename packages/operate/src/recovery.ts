import type { Journal, Pending } from '@bundle/import';

/** What is done about the work that a run before left unfinished. */
export type Recovery =
  | { readonly kind: 'none' }
  /** Go on from the step that was under way. */
  | { readonly kind: 'resume'; readonly pending: Pending }
  /** Go back to what ran before; then, where `thenGoOn` says so, do what is wanted now. */
  | { readonly kind: 'undo'; readonly pending: Pending; readonly thenGoOn: boolean };

/**
 * `wanted` is the release that is asked for now; undefined when none is named. The same work again goes on, other work
 * first goes back: volumes may be half restored, so nothing else can build on them.
 */
export function planRecovery(
  pending: Pending | null,
  wanted: string | undefined,
  action: Pending['action'],
): Recovery {
  if (pending === null) return { kind: 'none' };
  const isSame = wanted === undefined || wanted === pending.to;
  // Healthy already: only the names are left to write.
  if (pending.step === 'switch') return { kind: 'resume', pending };
  if (pending.step === 'undo')
    return { kind: 'undo', pending, thenGoOn: !isSame && wanted !== pending.from };
  // A rollback in the middle of an upgrade is the way back.
  if (action === 'rollback' && pending.action === 'up') {
    return { kind: 'undo', pending, thenGoOn: wanted !== undefined && wanted !== pending.from };
  }
  if (isSame) return { kind: 'resume', pending };
  return { kind: 'undo', pending, thenGoOn: wanted !== pending.from };
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
  };
}
