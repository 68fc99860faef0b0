import { productName } from '@bundle/format';
import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import {
  addEngineOptions,
  addStateOptions,
  engineOptions,
  stateOptions,
} from '../../shared/options/host.ts';

const options = engineOptions.extend({
  source: z.string().min(1, 'expected a path').optional(),
  product: productName.optional(),
  ...stateOptions.shape,
});

export type DoctorChoice = z.output<typeof options>;

export const doctorCommand = defineCommand({
  name: 'doctor',
  summary: 'say why rebuilds fail here, and what to type',
  description: `Looks at everything that a rebuild without a network stands on: the engine, its image store, buildx and Compose, free space, the imported release, its base and cache images, and the source. Prints what is wrong and what to type. It changes and deletes nothing.`,
  setUp: (command) =>
    addEngineOptions(
      addStateOptions(
        command
          .option('--source <dir>', "folder of the project's source (default: the current folder)")
          .option('--product <name>', 'the application (default: the only one that is imported)'),
      ),
    ),
  options,
  examples: [
    ['bundle doctor', 'the build failed, no space was left, the cache was not used'],
    ['bundle doctor --source ~/shop', 'and compare the source with the export'],
  ],
  exitCodes: ['rebuild-unavailable'],
  run: async (context, _, chosen) => {
    const { runDoctor } = await import('./run.ts');
    return runDoctor(context, chosen);
  },
});
