import { defineCommand } from '../../command.ts';
import { operatingCodes } from '../../shared/exit-codes.ts';
import { addOperateOptions, operateOptions } from '../../shared/options/host.ts';

export const statusCommand = defineCommand({
  name: 'status',
  summary: 'show running releases, their health, and changes by hand',
  description: `Shows the running release of each application on this host, when it started, the health of its services, and changes made by hand: images, settings, files, containers. Changes nothing. Exits with 91 when a service that should run is down, and with 30 when no engine answers. \`bundle ls\` is the same.`,
  setUp: addOperateOptions,
  options: operateOptions,
  examples: [
    ['bundle status', 'all applications of this host'],
    ['bundle status --name shop --json', 'one of them, for a script'],
  ],
  exitCodes: [...operatingCodes, 'compose-invalid', 'services-down'],
  phase: 'asking the engine',
  run: async (context, _, options) => {
    const { runStatus } = await import('./run.ts');
    return runStatus(context, options);
  },
});
