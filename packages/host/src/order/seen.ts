import { channelName, digestSchema, limits, productName, sequenceNumber } from '@bundle/format';
import { z } from 'zod';

/** The highest sequence that was imported, and the bundles that had it. */
const highestSchema = z.object({
  sequence: sequenceNumber,
  /** In the order of their first import: exports of the same images have one sequence. */
  bundles: z.array(digestSchema).max(limits.maxSeenBundles),
});
export type Highest = z.output<typeof highestSchema>;

/** What a host remembers of a product for as long as it has a state folder. */
export const seenSchema = z.object({
  schemaVersion: z.literal(1),
  channels: z.array(highestSchema.extend({ channel: channelName })),
  instances: z.array(
    z.object({
      name: productName,
      /** Channel that the instance follows: that of the bundle that was last imported into it. */
      channel: channelName,
      /**
       * Where somebody let an older bundle in: what this instance counts from, until it has caught up with the host.
       */
      own: highestSchema.optional(),
    }),
  ),
});
export type Seen = z.output<typeof seenSchema>;

export const nothingSeen: Seen = { schemaVersion: 1, channels: [], instances: [] };
