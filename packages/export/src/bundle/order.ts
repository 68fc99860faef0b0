import { BundleError, type BundleOrder, defaultChannel } from '@bundle/format';
import type { ExportOptions } from '../export-options.ts';

type OrderOptions = Pick<ExportOptions, 'channel' | 'sequence' | 'known'>;

/**
 * §16.2 of docs/bundle-format.md. Decides the place of a bundle among those of its product. It follows from what goes
 * into the bundle, never from the clock, so that the same input gives the same bytes.
 */
export function planOrder(
  created: Date,
  options: OrderOptions,
): BundleOrder & { readonly derivedSequence?: true } {
  const { channel = defaultChannel, sequence } = options;
  if (sequence !== undefined) return { channel, sequence };
  const seconds = Math.max(0, Math.floor(created.getTime() / 1000));
  const next = Math.max(seconds, ...sequencesBefore(options).map((before) => before + 1));
  return { channel, sequence: Math.min(next, Number.MAX_SAFE_INTEGER), derivedSequence: true };
}

/** Fails with `usage` for a given sequence that hosts would refuse after the base. */
export function checkSequence(options: OrderOptions): void {
  const { channel = defaultChannel, sequence } = options;
  const highest = Math.max(0, ...sequencesBefore(options));
  if (sequence === undefined || sequence >= highest) return;
  throw new BundleError('usage', {
    operation: 'comparing the sequence with that of the base',
    expected: `${highest} or more in channel ${channel}`,
    found: `${sequence}`,
    hint: 'Give a higher --sequence, or leave it out. Hosts refuse a bundle that is older than the one they have.',
  });
}

function sequencesBefore({ channel = defaultChannel, known }: OrderOptions): number[] {
  const same = (known?.orders ?? []).filter((one) => one.channel === channel);
  return same.map(({ sequence }) => sequence);
}
