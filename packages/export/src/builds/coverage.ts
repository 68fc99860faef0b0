import { z } from 'zod';
import { readCacheRecords } from './cache-records.ts';

/** The parts of an image config (OCI image-spec, config.md) that show which layers its inline cache covers. */
const configSchema = z.looseObject({
  rootfs: z.looseObject({ diff_ids: z.array(z.string()).nullish() }),
  history: z
    .array(z.looseObject({ created_by: z.string().nullish(), empty_layer: z.boolean().nullish() }))
    .nullish(),
});

/**
 * Returns the steps that made an image's own layers for which its inline cache has no record. On another engine they
 * would run again, whatever this engine's own cache holds. `baseLayers` is the number of layers, bottom first, that
 * belong to the base image. Undefined if the cache has an unknown form.
 */
export function uncoveredSteps(config: unknown, baseLayers: number): string[] | undefined {
  const { data: image } = configSchema.safeParse(config);
  const records = readCacheRecords(config);
  if (image === undefined || records === undefined) return undefined;
  const layers = (image.rootfs.diff_ids ?? []).length;
  const covered = new Set(
    records.flatMap(({ layers }) => (layers ?? []).map(({ layer }) => layer)),
  );
  const steps = (image.history ?? []).filter(({ empty_layer: isEmpty }) => isEmpty !== true);
  const uncovered: string[] = [];
  for (let index = baseLayers; index < layers; index += 1) {
    if (covered.has(index)) continue;
    // Count from the end: a base image may have fewer history entries than layers.
    const step = steps[steps.length - (layers - index)];
    uncovered.push(step?.created_by ?? `the step that made layer ${index + 1}`);
  }
  return uncovered;
}
