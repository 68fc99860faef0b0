import { z } from 'zod';

// §16 of docs/bundle-format.md.

export const defaultChannel = 'stable';

export const channelName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'expected a-z, 0-9 and ._-, at most 63 characters')
  .meta({ description: 'series of releases that follow one another; default: stable' });

export const sequenceNumber = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER).meta({
  description:
    'place of the release among those of its product and channel; default: seconds of created',
});

/** The place of a bundle among those of its product. */
export interface BundleOrder {
  readonly channel: string;
  readonly sequence: number;
}

/** Returns the place of a bundle among those of its product. Bundles that say nothing are ordered by `created`. */
export function orderOf({
  channel = defaultChannel,
  sequence,
  created,
}: {
  readonly channel?: string | undefined;
  readonly sequence?: number | undefined;
  readonly created: string;
}): BundleOrder {
  const seconds = Math.floor(Date.parse(created) / 1000);
  return { channel, sequence: sequence ?? Math.max(0, seconds) };
}

/** Tells whether nobody chose the place of a bundle: it follows from its images, or from its base. */
export function isDerivedOrder({
  sequence,
  derivedSequence,
}: {
  readonly sequence?: number | undefined;
  readonly derivedSequence?: true | undefined;
}): boolean {
  return sequence === undefined || derivedSequence === true;
}
