import { z } from 'zod';
import { parseJson } from '../parse-json.ts';

/**
 * BuildKit's inline cache (cache/remotecache/v1, CacheRecord): one record for each step, with the layer that it made.
 */
const recordSchema = z.looseObject({
  digest: z.string(),
  layers: z.array(z.looseObject({ layer: z.number().int() })).nullish(),
  /** For each input of the step, the records that may satisfy it; `selector` says which of its paths count. */
  inputs: z
    .array(
      z.array(
        z.looseObject({ selector: z.string().optional(), link: z.number().int().default(0) }),
      ),
    )
    .nullish(),
});
export type CacheRecord = z.output<typeof recordSchema>;

const field = 'moby.buildkit.cache.v0';
const configSchema = z.looseObject({ [field]: z.string().nullish() });

/** Reads the cache records in an image's config; empty without a cache, undefined for an unknown form of records. */
export function readCacheRecords(config: unknown): CacheRecord[] | undefined {
  const { data, success } = configSchema.safeParse(config);
  if (!success) return undefined;
  const text = data[field];
  if (!text) return [];
  return z.array(recordSchema).safeParse(parseJson(Buffer.from(text, 'base64').toString('utf8')))
    .data;
}

/** Returns the config with its records replaced. */
export function withCacheRecords(config: unknown, records: readonly CacheRecord[]): object {
  const text = Buffer.from(JSON.stringify(records)).toString('base64');
  return { ...configSchema.parse(config), [field]: text };
}
