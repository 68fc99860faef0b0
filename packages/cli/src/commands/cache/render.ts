import type { CacheUse } from '@bundle/export';
import { bytesText, count } from '../../shared/render/words.ts';
import { visible } from '../../shared/terminal/escape.ts';
import { t } from '../../shared/text/text.ts';
import type { CacheAction } from './definition.ts';

export function cacheText(action: CacheAction, { folder, layers, bytes }: CacheUse): string {
  const text = `${visible(folder)}: ${count(layers, 'layer')}, ${bytesText(bytes)}`;
  return action === 'ls' ? text : t`Deleted from ${text}`;
}
