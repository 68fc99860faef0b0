import { z } from 'zod';
import { productName, releaseVersion } from './bundle-manifest.ts';
import { digestSchema } from './digest.ts';
import { limits } from './limits.ts';
import { channelName, sequenceNumber } from './order.ts';

/** A signature over a bundle, as a host judged it. */
export const signerSchema = z.object({
  key: z.string().max(200).meta({ description: 'fingerprint, as ssh-keygen -l shows it' }),
  name: z.string().max(200).optional().meta({ description: 'for whom the host trusts the key' }),
  verdict: z.string().max(40).meta({ description: 'trusted; unchecked where no key was trusted' }),
});
export type Signer = z.output<typeof signerSchema>;

export const receiptKind = 'bundle-receipt';

/** What a host says of itself on the way back, as `bundle receipt` writes it and `bundle receipts` reads it. */
export const receiptSchema = z.object({
  kind: z.literal(receiptKind),
  schemaVersion: z.literal(1),
  host: z.string().min(1).max(253).meta({ description: 'name of the host' }),
  made: z.iso.datetime().meta({ description: 'by the clock of the host' }),
  history: z
    .object({
      entries: z.number().int().nonnegative(),
      head: digestSchema.nullable().meta({ description: 'digest of the last entry' }),
      intact: z.boolean().meta({ description: 'each entry has the digest of the one before' }),
    })
    .meta({ description: 'the log of the host, as `bundle history` shows it' }),
  releases: z
    .array(
      z.object({
        instance: productName,
        product: productName,
        version: releaseVersion,
        channel: channelName,
        sequence: sequenceNumber,
        digest: digestSchema.meta({ description: 'identity of the bundle' }),
        imported: z.iso.datetime(),
        running: z.iso
          .datetime()
          .optional()
          .meta({ description: 'since when it runs; absent where it does not' }),
        current: z.boolean(),
        signers: z
          .array(signerSchema)
          .max(100)
          .optional()
          .meta({ description: 'absent where the log does not know the import' }),
      }),
    )
    .max(limits.maxReceiptReleases)
    .meta({ description: 'releases on the host, the last one imported first' }),
});
export type Receipt = z.output<typeof receiptSchema>;
