import { Argument } from 'commander';
import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { pathOption, sizeOption } from '../../shared/options/values.ts';

const actions = z.enum(['ls', 'prune']);

export type CacheAction = z.output<typeof actions>;

const options = z.object({
  cache: pathOption.optional(),
  keep: sizeOption.default(0),
});

export type CacheChoice = z.output<typeof options>;

export const cacheCommand = defineCommand({
  name: 'cache',
  summary: 'show or empty the layer cache of export',
  description:
    'An export keeps its layers in a cache, compressed as in the bundle, and the next export reuses them. The cache is always safe to empty: an export recreates whatever is missing. `ls` shows the size of the cache. `prune` empties it, or with --keep deletes the least recently used layers down to a size. After each export the cache holds at most 20 GB.',
  setUp: (command) =>
    command
      .addArgument(new Argument('<action>', 'what to do').choices(actions.options))
      .option('--cache <dir>', 'the cache (also: BUNDLE_LAYER_CACHE), as for export')
      .option('--keep <size>', 'prune down to this size, such as 5G (default: 0)'),
  options,
  examples: [
    ['bundle cache ls', 'its folder and its size'],
    ['bundle cache prune --keep 5G', 'delete the least recently used layers'],
  ],
  exitCodes: ['input-unreadable', 'output-unwritable'],
  phase: 'looking through the cache',
  run: async (context, [action], chosen) => {
    const { runCache } = await import('./run.ts');
    return runCache(context, actions.parse(action), chosen);
  },
});
