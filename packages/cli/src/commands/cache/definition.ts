import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { cacheFolder } from '../../shared/cache-folder.ts';
import { sizeOption } from '../../shared/options/size.ts';
import { usageError } from '../../usage.ts';

export const cacheCommand = defineCommand({
  name: 'cache',
  summary: 'show or empty the cache of layers that export keeps',
  description:
    'Export keeps layers as they are stored in bundles, so that the next one neither saves nor compresses them again. Everything in the cache can be made again. `ls` shows what it takes, `prune` deletes it: all of it, or with --keep what was not used for longest. An export keeps it at 20 GB at most.',
  setUp: (command) =>
    command
      .argument('<action>', 'ls or prune')
      .option('--cache <dir>', 'the cache (also: BUNDLE_LAYER_CACHE), as for export')
      .option('--keep <size>', 'prune down to this size, such as 5G (default: 0)'),
  options: z.object({
    cache: z.string().min(1, 'expected a path').optional(),
    keep: sizeOption.default(0),
  }),
  examples: [
    ['bundle cache ls', 'where it is and what it takes'],
    ['bundle cache prune --keep 5G', 'delete what was not used for longest'],
  ],
  exitCodes: ['input-unreadable', 'output-unwritable'],
  run: async (context, [action = ''], options) => {
    const { cacheUse, trimCache } = await import('@bundle/export');
    const { bytesText, count } = await import('../../shared/render/words.ts');
    const { visible } = await import('../../shared/terminal/escape.ts');
    const folder = cacheFolder(options.cache, context);
    if (folder === undefined)
      return { json: { folder: null }, text: 'There is no cache: it is off.' };
    if (action !== 'ls' && action !== 'prune') {
      throw usageError('the command line of cache', 'ls or prune', JSON.stringify(action));
    }
    const use = await (action === 'ls' ? cacheUse(folder) : trimCache(folder, options.keep));
    const what = `${count(use.layers, 'layer')}, ${bytesText(use.bytes)}`;
    const text = `${visible(folder)}: ${what}`;
    return { json: { action, ...use }, text: action === 'ls' ? text : `Deleted from ${text}` };
  },
});
