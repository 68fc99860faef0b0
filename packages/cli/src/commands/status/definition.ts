import { defineCommand } from '../../command.ts';
import { operatingCodes } from '../../shared/exit-codes.ts';
import { addOperateOptions, operateOptions } from '../../shared/options/host.ts';

export const statusCommand = defineCommand({
  name: 'status',
  summary: 'what runs, how it is, and what was changed by hand',
  description: `Shows for each application on this host the release that runs, since when, the health of its services, and what somebody changed by hand since: images, settings, files, containers. Changes nothing. Ends with 91 when services that should run do not, and with 30 when no engine answers.`,
  setUp: addOperateOptions,
  options: operateOptions,
  examples: [
    ['bundle status', 'all applications of this host'],
    ['bundle status --name shop --json', 'one of them, for a script'],
  ],
  exitCodes: [...operatingCodes, 'compose-invalid', 'services-down'],
  run: async (context, _, options) => {
    const { runStatus } = await import('./run.ts');
    return runStatus(context, options);
  },
});
