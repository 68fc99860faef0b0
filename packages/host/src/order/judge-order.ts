import { type BundleOrder, type Digest, limits } from '@bundle/format';
import type { Highest, Seen } from './seen.ts';

// §16.3 of docs/bundle-format.md.

/** A bundle that is to be imported into an instance. */
export interface Candidate extends BundleOrder {
  readonly instance: string;
  readonly digest: Digest;
}

export type OrderVerdict =
  | 'newer'
  /** The newest one that was seen. */
  | 'same'
  | 'older'
  /** Imported before, and replaced since by another one of the same sequence. */
  | 'replayed';

/** Compares a bundle with what was seen of its product. Times decide nothing. */
export function judgeOrder(
  seen: Seen,
  candidate: Candidate,
): { readonly verdict: OrderVerdict; readonly highest: Highest | undefined } {
  const highest = ownOf(seen, candidate) ?? hostOf(seen, candidate);
  return { verdict: verdictOf(highest, candidate), highest };
}

function hostOf({ channels }: Seen, { channel }: Candidate): Highest | undefined {
  return channels.find((one) => one.channel === channel);
}

/** What the instance counts from, where that is not what the host has seen. */
function ownOf({ instances }: Seen, { instance, channel }: Candidate): Highest | undefined {
  return instances.find((one) => one.name === instance && one.channel === channel)?.own;
}

function verdictOf(
  highest: Highest | undefined,
  { sequence, digest }: BundleOrder & { readonly digest: Digest },
): OrderVerdict {
  if (highest === undefined || sequence > highest.sequence) return 'newer';
  if (sequence < highest.sequence) return 'older';
  const index = highest.bundles.indexOf(digest);
  if (index === -1) return 'newer';
  return index === highest.bundles.length - 1 ? 'same' : 'replayed';
}

/** Returns the channel that an instance follows; undefined for a new instance. */
export function channelOf({ instances }: Seen, name: string): string | undefined {
  return instances.find((one) => one.name === name)?.channel;
}

/**
 * Adds a bundle that was imported into an instance. `restart`: the instance counts from it on, although a newer one was
 * seen. What the host has seen never becomes less.
 */
export function withImported(seen: Seen, candidate: Candidate, restart: boolean): Seen {
  const { instance, channel, sequence } = candidate;
  const host = advanced(hostOf(seen, candidate), candidate);
  const counted = restart ? undefined : ownOf(seen, candidate);
  const isOnItsOwn = restart || (counted !== undefined && sequence < host.sequence);
  const own = isOnItsOwn ? { own: advanced(counted, candidate) } : {};
  return {
    ...seen,
    channels: replaced(seen.channels, { channel, ...host }, (one) => one.channel === channel),
    instances: replaced(
      seen.instances,
      { name: instance, channel, ...own },
      (one) => one.name === instance,
    ),
  };
}

function advanced(before: Highest | undefined, candidate: Candidate): Highest {
  const { sequence, digest } = candidate;
  if (before === undefined || sequence > before.sequence) return { sequence, bundles: [digest] };
  if (verdictOf(before, candidate) !== 'newer') {
    return { sequence: before.sequence, bundles: before.bundles };
  }
  return {
    sequence,
    bundles: [...before.bundles, digest].slice(-limits.maxSeenBundles),
  };
}

/** Puts an item where the one is that it replaces, or at the end. */
function replaced<Item>(
  items: readonly Item[],
  item: Item,
  isSame: (one: Item) => boolean,
): Item[] {
  return items.some(isSame) ? items.map((one) => (isSame(one) ? item : one)) : [...items, item];
}
