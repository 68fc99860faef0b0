import { z } from 'zod';
import { packageSchema } from '../package.ts';

const text = z.string();

/** A database, or a file that something was wrong with, and the packages in it. */
const foundFileSchema = z.object({
  path: text,
  packages: z.array(packageSchema),
  problems: z.array(text).optional(),
});
export type FoundFile = z.output<typeof foundFileSchema>;

/**
 * What one layer holds of packages. It depends on nothing but the layer, so it can be kept by diff ID. The number changes
 * whenever a reader finds more or other packages than before.
 */
export const layerRecordSchema = z.object({
  recordVersion: z.literal(1),
  files: z.array(foundFileSchema),
  /** Paths of os-release, and what they say. */
  distributions: z.array(
    z.object({
      path: text,
      id: text,
      version: text.optional(),
      title: text.optional(),
    }),
  ),
  /** Hashes of the paths that the layer replaces or deletes (`CoveredPaths`). */
  covered: text,
  /** Problems of the layer itself. */
  problems: z.array(text),
});
export type LayerRecord = z.output<typeof layerRecordSchema>;
