import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '@bundle/files';
import { type Digest, hexOf } from '@bundle/format';
import { type LayerRecord, layerRecordSchema } from './layer/record.ts';

/** Keeps what was found in layers, by diff ID. */
export interface RecordCache {
  get(diffId: Digest): Promise<LayerRecord | undefined>;
  /** Keeps a record whose layer was checked to have this diff ID. */
  keep(diffId: Digest, record: LayerRecord): Promise<void>;
}

/**
 * Keeps records in a folder of the user, some 10 kB for each layer. All of it can be made again, so a record that cannot
 * be read is made again, and one that cannot be written is not kept.
 */
export function recordCache(folder: string): RecordCache {
  const fileOf = (diffId: Digest): string => join(folder, `${hexOf(diffId)}.json`);
  return {
    async get(diffId) {
      try {
        const record = layerRecordSchema.parse(JSON.parse(await readFile(fileOf(diffId), 'utf8')));
        // The least recently used ones are deleted first.
        const now = new Date();
        await utimes(fileOf(diffId), now, now);
        return record;
      } catch {
        return undefined;
      }
    },
    async keep(diffId, record) {
      const file = fileOf(diffId);
      const incoming = join(dirname(file), `.incoming-${randomUUID()}`);
      try {
        await makeFolder(dirname(file));
        await writeFile(incoming, JSON.stringify(record), { mode: 0o600 });
        await rename(incoming, file);
      } catch {
        await rm(incoming, { force: true }).catch(() => undefined);
      }
    },
  };
}

/** Keeps nothing beyond one run. */
export function memoryCache(): RecordCache {
  const records = new Map<Digest, LayerRecord>();
  return {
    get: async (diffId) => records.get(diffId),
    keep: async (diffId, record) => {
      records.set(diffId, record);
    },
  };
}
