import { appendFile } from 'node:fs/promises';

/** BUNDLE_TEST_KILLS=N kills up to N times in each kind of work, and up to N times again in what recovers it. */
const many = process.env['BUNDLE_TEST_KILLS'];
export const isMany = many !== undefined;
export const kills = Number(many ?? 2);
export const seed = Number(process.env['BUNDLE_TEST_SEED'] ?? Date.now() % 1_000_000);

export interface Kill {
  /** What was killed: the command in some work, or the engine. */
  readonly victim: 'command' | 'dockerd' | 'containerd';
  readonly work: string;
  /** Name of the point, or `at random`. */
  readonly point: string;
  /** Whether it was killed in the run that recovers from an earlier kill. */
  readonly recovering: boolean;
  readonly outcome: string;
}

/** Appends it to the file BUNDLE_TEST_KILLS_LOG, which scripts/faults sums up. */
export async function count(kill: Kill): Promise<void> {
  const log = process.env['BUNDLE_TEST_KILLS_LOG'];
  if (log !== undefined) await appendFile(log, `${JSON.stringify(kill)}\n`);
}

/** Chooses up to `limit` of them, spread evenly. */
export function spread<Item>(items: readonly Item[], limit: number): Item[] {
  if (items.length <= limit) return [...items];
  return Array.from({ length: limit }, (_, index) => {
    const item = items[Math.floor(((index + 0.5) * items.length) / limit)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  });
}
