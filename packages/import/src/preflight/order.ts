import type { BundleOrder } from '@bundle/format';
import type { Check } from './check.ts';

export interface OrderFacts {
  readonly order: BundleOrder;
  /** Highest sequence imported before, if the bundle only seems older. */
  readonly seemsOlderThan?: number;
}

/**
 * Warns of a bundle that may be older than one imported before. Where it is certain, the bundle was refused before any
 * check.
 */
export function orderCheck({ order, seemsOlderThan }: OrderFacts): Check {
  const name = 'order';
  const own = `sequence ${order.sequence} of channel ${order.channel}`;
  if (seemsOlderThan === undefined) return { name, result: 'pass', found: own };
  const before =
    seemsOlderThan > order.sequence
      ? `a bundle with sequence ${seemsOlderThan} was imported here before`
      : 'another bundle with that sequence was imported here since';
  return {
    name,
    result: 'warn',
    found: `${own}, which follows from the times of its images; ${before}`,
    hint: 'Check that this is the release you want. `bundle export --sequence NUMBER` makes the order certain.',
  };
}
