import { cacheUse, trimCache } from '@bundle/export';
import type { Context, Outcome } from '../../outcome.ts';
import { cacheFolder } from '../../shared/folders.ts';
import { t } from '../../shared/text/text.ts';
import type { CacheAction, CacheChoice } from './definition.ts';
import { cacheText } from './render.ts';

/** Runs `bundle cache`: shows the size of the layer cache, or prunes it. */
export async function runCache(
  context: Context,
  action: CacheAction,
  { cache, keep }: CacheChoice,
): Promise<Outcome> {
  const folder = cacheFolder(cache, context);
  if (folder === undefined) return { json: { folder: null }, text: t`The cache is turned off.` };
  const use = await (action === 'ls' ? cacheUse(folder) : trimCache(folder, keep));
  return { json: { action, ...use }, text: cacheText(action, use) };
}
