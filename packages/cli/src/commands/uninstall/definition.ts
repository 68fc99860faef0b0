import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { operatingCodes } from '../../shared/exit-codes.ts';
import { addRemovalOptions, removalOptions } from '../../shared/options/removal.ts';

const options = removalOptions.extend({ volumes: z.boolean().default(false) });

export type UninstallOptions = z.output<typeof options>;

export const uninstallCommand = defineCommand({
  name: 'uninstall',
  summary: 'remove an application from this host; its data stays',
  description: `Removes the containers, networks, images and files of an application, including its settings. Keeps its named volumes and their copies unless --volumes is given.`,
  setUp: (command) =>
    addRemovalOptions(command.option('--volumes', 'remove its volumes too, with all data')),
  options,
  examples: [
    ['bundle uninstall --name shop', 'everything but the data'],
    ['bundle uninstall --volumes --yes', 'the data too, from a script'],
  ],
  exitCodes: [...operatingCodes, 'busy'],
  phase: 'removing',
  run: async (context, _, chosen) => {
    const { runUninstall } = await import('./run.ts');
    return runUninstall(context, chosen);
  },
});
