import { packagesFolder } from '@bundle/export';
import { memoryCache, type RecordCache, recordCache } from '@bundle/sbom';
import type { Context } from '../outcome.ts';
import { cacheFolder } from './folders.ts';

/** Returns where a command keeps what it found in layers: in the layer cache, unless that is off. */
export function packageCache(context: Pick<Context, 'env' | 'cwd'>): RecordCache {
  const folder = cacheFolder(undefined, context);
  return folder === undefined ? memoryCache() : recordCache(packagesFolder(folder));
}
