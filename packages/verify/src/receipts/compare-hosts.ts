import type { BundleOrder, Digest, Receipt } from '@bundle/format';
import type { Judgement } from '@bundle/trust';
import type { ReadReceipt } from './read-receipts.ts';

/** A release that some host has, or that could be sent to one. */
export interface KnownRelease extends BundleOrder {
  readonly product: string;
  readonly version: string;
  readonly digest: Digest;
}

export interface HostInstance {
  readonly instance: string;
  /** The release that runs, else the current one, else the last one imported. */
  readonly release: Receipt['releases'][number];
  /** Newer releases of its product and channel that it has not imported, the oldest first. */
  readonly lacks: readonly KnownRelease[];
  /** Newer releases that it has imported and does not run. */
  readonly waiting: readonly KnownRelease[];
}

export interface HostReport {
  readonly host: string;
  readonly file: string;
  readonly made: string;
  readonly signatures: Judgement;
  readonly history: Receipt['history'];
  readonly instances: readonly HostInstance[];
  /** What does not fit the other receipts of this host, in words. */
  readonly warnings: readonly string[];
}

/**
 * Compares hosts by their newest receipts with all releases that any of them has, and with `others`. Which receipt of a
 * host is the newest follows from the length of its log, not from clocks.
 */
export function compareHosts(
  receipts: readonly ReadReceipt[],
  others: readonly KnownRelease[],
): HostReport[] {
  const known = new Map<Digest, KnownRelease>();
  for (const release of [...receipts.flatMap(({ receipt }) => receipt.releases), ...others])
    known.set(release.digest, release);
  const series = seriesOf([...known.values()]);
  const hosts = Map.groupBy(receipts, ({ receipt }) => receipt.host);
  return [...hosts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([host, all]) => {
      const [newest] = all.toSorted(byHistory);
      if (newest === undefined) return [];
      const { file, signatures, receipt } = newest;
      const { made, history } = receipt;
      const instances = instancesOf(receipt, series);
      return [{ host, file, made, signatures, history, instances, warnings: doubts(newest, all) }];
    });
}

/** The newest first. */
function byHistory({ receipt: a }: ReadReceipt, { receipt: b }: ReadReceipt): number {
  return b.history.entries - a.history.entries || (a.made < b.made ? 1 : -1);
}

function instancesOf(
  { releases }: Receipt,
  series: ReadonlyMap<string, readonly KnownRelease[]>,
): HostReport['instances'] {
  return [...Map.groupBy(releases, ({ instance }) => instance)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([instance, own]) => {
      const release =
        own.find(({ running }) => running !== undefined) ??
        own.find(({ current }) => current) ??
        own[0];
      if (release === undefined) return [];
      const newer = newerThan(series.get(seriesName(release)) ?? [], release.sequence);
      const has = new Set(own.map(({ digest }) => digest));
      return [
        {
          ...{ instance, release },
          lacks: newer.filter(({ digest }) => !has.has(digest)),
          waiting: newer.filter(({ digest }) => has.has(digest)),
        },
      ];
    });
}

/** Releases of each product and channel, the oldest first. */
function seriesOf(known: readonly KnownRelease[]): Map<string, KnownRelease[]> {
  return Map.groupBy(
    known.toSorted((a, b) => a.sequence - b.sequence),
    seriesName,
  );
}

function seriesName({ product, channel }: KnownRelease): string {
  return `${product} ${channel}`;
}

/** A host that is further behind is listed with the newest ones. */
const maxNewer = 100;

function newerThan(series: readonly KnownRelease[], sequence: number): KnownRelease[] {
  const newest = series.slice(-maxNewer);
  const first = newest.findIndex((one) => one.sequence > sequence);
  return first === -1 ? [] : newest.slice(first);
}

function doubts({ receipt }: ReadReceipt, all: readonly ReadReceipt[]): string[] {
  const { history, made } = receipt;
  const others = all.filter((one) => one.receipt !== receipt).map((one) => one.receipt);
  const isForked = others.some(
    (one) => one.history.entries === history.entries && one.history.head !== history.head,
  );
  const isShorter = others.some((one) => one.made > made && one.history.entries < history.entries);
  return [
    ...(history.intact ? [] : ['its log was changed']),
    ...(isForked ? ['two receipts of it have different logs of one length'] : []),
    ...(isShorter ? ['a later receipt of it has a shorter log'] : []),
  ];
}
