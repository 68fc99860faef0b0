import { z } from 'zod';
import { baseSchema } from './bundle-manifest.ts';
import { digestSchema } from './digest.ts';
import { channelName, sequenceNumber } from './order.ts';
import { platformSchema } from './platform.ts';

const bytes = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

/** The layers that a host has, as written by `bundle inventory` and read by `bundle export --for`. */
export const inventorySchema = z.object({
  kind: z.literal('bundle-inventory'),
  schemaVersion: z.literal(1),
  platform: platformSchema,
  engine: z.object({
    version: z.string(),
    store: z.enum(['graph-driver', 'containerd', 'oci-layout']).meta({
      description: 'how the engine keeps images: by chain ID, or blobs by digest',
    }),
  }),
  releases: z
    .array(
      baseSchema.extend({
        channel: channelName.optional(),
        sequence: sequenceNumber.optional(),
      }),
    )
    .meta({ description: 'bundles that were imported' }),
  layers: z
    .array(
      z.object({
        chainId: digestSchema.meta({ description: 'of the layer and those below (image-spec)' }),
        diffId: digestSchema.meta({ description: 'digest of the uncompressed layer' }),
        digest: digestSchema
          .optional()
          .meta({ description: 'of the blob, where it came from a bundle' }),
        mediaType: z.string().optional(),
        size: bytes.optional(),
        unpackedSize: bytes.optional(),
      }),
    )
    .meta({ description: 'layers of all images on the engine' }),
  programs: z
    .array(
      z.object({
        path: z.string().meta({ description: 'in the bundle' }),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .optional()
    .meta({
      description: 'programs that the releases carry; a writer before this field lists none',
    }),
  kit: z
    .object({ version: z.string().max(100) })
    .optional()
    .meta({ description: 'the kit of programs that is installed, by the version of its command' }),
  plugins: z
    .object({ compose: z.string().optional(), buildx: z.string().optional() })
    .optional()
    .meta({ description: "versions of docker's plugins that the host has of its own" }),
});
export type Inventory = z.output<typeof inventorySchema>;
