import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { operatingCodes } from '../../shared/exit-codes.ts';
import { addOperateOptions, operateOptions } from '../../shared/options/host.ts';

const options = operateOptions.extend({
  tail: z.coerce.number('expected a number').int().min(0).optional(),
  since: z
    .string()
    .regex(/^[\w.:+-]+$/, 'expected a duration or a time')
    .optional(),
  follow: z.boolean().default(false),
});

export type LogsOptions = z.output<typeof options>;

export const logsCommand = defineCommand({
  name: 'logs',
  summary: 'show the logs of the services',
  description:
    'Shows the logs of all services of an application, or of the named ones. With --follow it prints new lines as they arrive, until Ctrl-C; with --json too, one document per line.',
  setUp: (command) =>
    addOperateOptions(
      command
        .argument('[service...]', 'services of the Compose file')
        .option('--tail <lines>', 'only the last lines of each container')
        .option('--since <time>', 'only newer lines: 10m, or a time as in RFC 3339')
        .option('-f, --follow', 'print new lines as they arrive, until Ctrl-C'),
    ),
  options,
  examples: [
    ['bundle logs --tail 50', 'the last lines of every service'],
    ['bundle logs backend --follow', 'one service, with new lines as they arrive'],
  ],
  exitCodes: operatingCodes,
  run: async (context, services, chosen) => {
    const { runLogs } = await import('./run.ts');
    return runLogs(context, services, chosen);
  },
});
