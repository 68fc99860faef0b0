import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { sizeOption } from '../../shared/options/values.ts';

const options = z.object({
  cache: z.string().min(1, 'expected a path').optional(),
  keep: sizeOption.default(0),
});

export type CacheChoice = z.output<typeof options>;

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
  options,
  examples: [
    ['bundle cache ls', 'where it is and what it takes'],
    ['bundle cache prune --keep 5G', 'delete what was not used for longest'],
  ],
  exitCodes: ['input-unreadable', 'output-unwritable'],
  run: async (context, [action = ''], chosen) => {
    const { runCache } = await import('./run.ts');
    return runCache(context, action, chosen);
  },
});
