import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { operatingCodes } from '../../shared/exit-codes.ts';
import { addOperateOptions, operateOptions } from '../../shared/options/host.ts';

const options = operateOptions.extend({
  tail: z.coerce.number('expected a number').int().min(0).optional(),
  since: z
    .string()
    .regex(/^[\w.:+-]+$/, 'expected a duration or a moment')
    .optional(),
  follow: z.boolean().default(false),
});

export type LogsOptions = z.output<typeof options>;

export const logsCommand = defineCommand({
  name: 'logs',
  summary: 'what the services wrote',
  description:
    'Shows what the services of an application wrote, all of them or those that are named. With --follow they come as they are written, until Ctrl-C; with --json then one document a line.',
  setUp: (command) =>
    addOperateOptions(
      command
        .argument('[service...]', 'services of the Compose file')
        .option('--tail <lines>', 'only the last lines of each container')
        .option('--since <time>', 'only what is newer: 10m, or a moment as in RFC 3339')
        .option('-f, --follow', 'go on with new lines as they come'),
    ),
  options,
  examples: [
    ['bundle logs --tail 50', 'the last lines of every service'],
    ['bundle logs backend --follow', 'one service, as it goes on'],
  ],
  exitCodes: operatingCodes,
  run: async (context, services, chosen) => {
    const { runLogs } = await import('./run.ts');
    return runLogs(context, services, chosen);
  },
});
