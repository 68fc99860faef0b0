import { z } from 'zod';
import { readCacheRecords } from './cache-records.ts';

/** The parts of an image config (OCI image-spec, config.md) that tell which layers its inline cache covers. */
const configSchema = z.looseObject({
  rootfs: z.looseObject({ diff_ids: z.array(z.string()).nullish() }),
  history: z
    .array(z.looseObject({ created_by: z.string().nullish(), empty_layer: z.boolean().nullish() }))
    .nullish(),
});

/**
 * Which of an image's own layers its inline cache has no record for; each as the step that made it. Whatever the
 * engine's own cache holds, those steps would run again on another engine.
 * `baseLayers`: how many layers, bottom first, are the base image's. Undefined where the cache has a form that is not
 * known here.
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
    // Counted from the end: a base image may say less about its history than it has layers.
    const step = steps[steps.length - (layers - index)];
    uncovered.push(step?.created_by ?? `the step that made layer ${index + 1}`);
  }
  return uncovered;
}
