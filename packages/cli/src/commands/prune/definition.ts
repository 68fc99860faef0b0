import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { operatingCodes } from '../../shared/exit-codes.ts';
import { addRemovalOptions, removalOptions } from '../../shared/options/removal.ts';

const options = removalOptions.extend({
  keep: z.coerce.number('expected a number').int().min(1, 'expected 1 or more').default(3),
  vanished: z.boolean().default(false),
});

export type PruneOptions = z.output<typeof options>;

export const pruneCommand = defineCommand({
  name: 'prune',
  summary: 'remove old releases and their images',
  description: `Removes old releases from this host, with their volume copies and the images that no other release uses. Keeps the newest releases, and always the running one.

An image stays while any state folder on the engine needs it. With --vanished, removes what state folders left there that were deleted without \`bundle uninstall\`.`,
  setUp: (command) =>
    addRemovalOptions(
      command
        .option('--keep <number>', 'releases to keep (default: 3)')
        .option('--vanished', 'remove images of deleted state folders instead'),
    ),
  options,
  examples: [
    ['bundle prune --dry-run', 'preview'],
    ['bundle prune --keep 2 --yes', 'from a script'],
    ['bundle prune --vanished', 'after a state folder was deleted'],
  ],
  exitCodes: [...operatingCodes, 'busy'],
  phase: 'removing',
  run: async (context, _, chosen) => {
    const { runPrune } = await import('./run.ts');
    return runPrune(context, chosen);
  },
});
