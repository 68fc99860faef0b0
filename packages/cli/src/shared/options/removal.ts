import type { Command } from 'commander';
import { z } from 'zod';
import { addOperateOptions, operateOptions } from './host.ts';

/** Options of commands that remove something of an instance. */
export const removalOptions = operateOptions.extend({ dryRun: z.boolean().default(false) });

export type RemovalChoice = z.output<typeof removalOptions>;

export function addRemovalOptions(command: Command): Command {
  return addOperateOptions(
    command
      .option('-y, --yes', 'do not ask')
      .option('--dry-run', 'show what would be removed; change nothing'),
  );
}
