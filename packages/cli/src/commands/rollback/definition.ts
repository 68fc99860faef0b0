import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { startCodes } from '../../shared/exit-codes.ts';
import { addBringUpOptions, bringUpOptions } from '../../shared/options/start.ts';

const options = bringUpOptions.extend({ restoreVolumes: z.boolean().default(false) });

export type RollbackChoice = z.output<typeof options>;

export const rollbackCommand = defineCommand({
  name: 'rollback',
  summary: 'go back to a release that ran before',
  description: `Starts the release that ran before this one, or the one that is named, as \`bundle up\` does: with its own images, files and settings, and back again if it does not get healthy. After an upgrade that was interrupted it goes back to what ran before.

Data in volumes does not go back, unless the upgrade was made with --backup-volumes: then --restore-volumes puts the copy back, and what was written since is lost. What the volumes hold now is copied first.`,
  setUp: (command) =>
    addBringUpOptions(
      command
        .argument('[release]', 'version, or the beginning of its digest')
        .option('--restore-volumes', 'put the volumes back as they were before the upgrade'),
    ),
  options,
  examples: [
    ['bundle rollback', 'the release before'],
    ['bundle rollback 1.3.0 --yes', 'a certain one, from a script'],
    ['bundle rollback --restore-volumes', 'and the data as it was before the upgrade'],
  ],
  exitCodes: [...startCodes, 'backup-missing'],
  run: async (context, [release], chosen) => {
    const { runRollback } = await import('./run.ts');
    return runRollback(context, release, chosen);
  },
});
