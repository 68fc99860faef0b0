import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { startCodes } from '../../shared/exit-codes.ts';
import { addBringUpOptions, bringUpOptions } from '../../shared/options/start.ts';

const options = bringUpOptions.extend({ restoreVolumes: z.boolean().default(false) });

export type RollbackChoice = z.output<typeof options>;

export const rollbackCommand = defineCommand({
  name: 'rollback',
  summary: 'roll back to an earlier release',
  description: `Starts the previous release, or the named one, as \`bundle up\` does: with its own images, files and settings. If it does not become healthy, the current release is started again. After an interrupted upgrade it restores the release from before the upgrade. Naming the running release restores its settings from before their last change.

Data in volumes is not rolled back. After an upgrade with --backup-volumes, --restore-volumes restores the copy: later data is lost from the volumes, but is copied first.`,
  setUp: (command) =>
    addBringUpOptions(
      command
        .argument('[release]', 'version, or the beginning of its digest')
        .option('--restore-volumes', 'restore the volumes from the copy before the upgrade'),
    ),
  options,
  examples: [
    ['bundle rollback', 'to the previous release'],
    ['bundle rollback 1.3.0 --yes', 'to a certain release, from a script'],
    ['bundle rollback --restore-volumes', 'with the data from before the upgrade'],
  ],
  exitCodes: [...startCodes, 'backup-missing', 'backup-damaged', 'volume-in-use'],
  run: async (context, [release], chosen) => {
    const { runRollback } = await import('./run.ts');
    return runRollback(context, release, chosen);
  },
});
