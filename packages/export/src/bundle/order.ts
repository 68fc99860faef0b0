import { BundleError, type BundleOrder, defaultChannel } from '@bundle/format';
import type { ExportOptions } from '../export-options.ts';

/**
 * Decides the position of a bundle among those of its product (docs/bundle-format.md §16.2). It is derived from the
 * contents of the bundle and never from the clock, so that the same input gives the same bytes. Fails with
 * `base-mismatch` for a given sequence that hosts would refuse after the base.
 */
export function planOrder(
  created: Date,
  {
    channel = defaultChannel,
    sequence,
    known,
  }: Pick<ExportOptions, 'channel' | 'sequence' | 'known'>,
): BundleOrder {
  const before = (known?.orders ?? [])
    .filter((one) => one.channel === channel)
    .map((one) => one.sequence);
  if (sequence === undefined) {
    const seconds = Math.max(0, Math.floor(created.getTime() / 1000));
    const next = Math.max(seconds, ...before.map((one) => one + 1));
    return { channel, sequence: Math.min(next, Number.MAX_SAFE_INTEGER) };
  }
  const highest = Math.max(0, ...before);
  if (sequence >= highest) return { channel, sequence };
  throw new BundleError('base-mismatch', {
    operation: 'comparing the sequence with that of the base',
    expected: `${highest} or more in channel ${channel}`,
    found: `${sequence}`,
    hint: 'Give a higher --sequence, or leave it out. Hosts refuse a bundle that is older than the one they have.',
  });
}
