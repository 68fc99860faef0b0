import type { Digest } from '@bundle/format';
import type { BeganEntry } from './entry.ts';
import { readHistory } from './read.ts';

/** One thing that was done. */
export interface HistoryRow extends Omit<BeganEntry, 'event' | 'previous'> {
  /** Number of its first entry. */
  readonly number: number;
  /** `unknown`: it is still in progress, or the host or the command died in it. */
  readonly outcome: 'done' | 'failed' | 'unknown';
  readonly code?: string;
  readonly ended?: string;
}

export interface HistoryReport {
  readonly entries: number;
  /** Digest of the last entry, which stands for all of them; null where there is none. */
  readonly head: Digest | null;
  /** Oldest first. */
  readonly rows: readonly HistoryRow[];
  /** The first entry that does not fit the one before. */
  readonly broken?: { readonly entry: number; readonly why: string };
  /** Bytes of an unfinished entry were cut off, and where. */
  readonly cuts: readonly { readonly entry: number; readonly bytes: number }[];
  /** The last entry lacks its end; the next one completes or cuts it. */
  readonly isTorn: boolean;
}

/** Reads the whole log and returns the last `last` things that were done, of one instance where `name` is given. */
export async function reportHistory(
  stateDir: string,
  last: number,
  name?: string,
): Promise<HistoryReport> {
  const rows = new Map<Digest, HistoryRow>();
  const cuts: { entry: number; bytes: number }[] = [];
  let head: Digest | null = null;
  let entries = 0;
  let broken: HistoryReport['broken'];
  let isTorn = false;
  for await (const { number, digest, entry, problem, isTorn: torn } of readHistory(stateDir)) {
    if (torn === true) {
      isTorn = true;
      continue;
    }
    entries = number;
    head = digest;
    if (problem !== undefined) broken ??= { entry: number, why: problem };
    if (entry?.event === 'cut') {
      cuts.push({ entry: number, bytes: entry.bytes });
      if (cuts.length > last) cuts.shift();
    }
    if (entry?.event === 'began' && (name === undefined || entry.instance === name)) {
      const { event, previous, ...said } = entry;
      rows.set(digest, { number, ...said, outcome: 'unknown' });
      const [oldest] = rows.keys();
      if (rows.size > last && oldest !== undefined) rows.delete(oldest);
    }
    if (entry?.event === 'ended') {
      const { began, outcome, code, time } = entry;
      const row = rows.get(began);
      if (row === undefined) continue;
      rows.set(began, { ...row, outcome, ended: time, ...(code === undefined ? {} : { code }) });
    }
  }
  const found = { entries, head, rows: [...rows.values()], cuts, isTorn };
  return { ...found, ...(broken === undefined ? {} : { broken }) };
}
