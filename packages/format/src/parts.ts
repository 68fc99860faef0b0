import { z } from 'zod';
import { digestSchema } from './digest.ts';
import { nameProblem } from './path-rules.ts';

const bytes = z.number().int().positive().max(Number.MAX_SAFE_INTEGER);

/** The list of the parts of a single-file bundle, beside them: `NAME.parts.json`. */
export const partListSchema = z.object({
  kind: z.literal('bundle-parts'),
  schemaVersion: z.literal(1),
  bundle: digestSchema.meta({ description: 'identity of the bundle: digest of its bundle.json' }),
  parts: z
    .array(
      z.object({
        name: z
          .string()
          .refine(
            (name) => !name.includes('/') && nameProblem(name) === undefined,
            'expected a file name',
          ),
        size: bytes,
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .min(1)
    .max(9999)
    .meta({ description: 'in their order; one after the other they are the single file' }),
});
export type PartList = z.output<typeof partListSchema>;
