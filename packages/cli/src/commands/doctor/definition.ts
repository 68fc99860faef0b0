import { productName } from '@bundle/format';
import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { addEngineOptions, engineOptions } from '../../shared/options/engine.ts';

export const doctorCommand = defineCommand({
  name: 'doctor',
  summary: 'say why rebuilds fail here, and what to type',
  description: `Looks at everything that a rebuild without a network stands on: the engine, its image store, buildx and Compose, free space, the imported release, its base and cache images, and the source. Prints what is wrong and what to type. It changes and deletes nothing.`,
  setUp: (command) =>
    addEngineOptions(
      command
        .option('--source <dir>', "folder of the project's source (default: the current folder)")
        .option('--product <name>', 'the application (default: the only one that is imported)')
        .option('--state-dir <path>', 'state folder (also: BUNDLE_STATE_DIR), as for import'),
    ),
  options: engineOptions.extend({
    source: z.string().min(1, 'expected a path').optional(),
    product: productName.optional(),
    stateDir: z.string().min(1, 'expected a path').optional(),
  }),
  examples: [
    ['bundle doctor', 'the build failed, no space was left, the cache was not used'],
    ['bundle doctor --source ~/shop', 'and compare the source with the export'],
  ],
  exitCodes: ['rebuild-unavailable'],
  run: async (context, _, options) => {
    const { runDoctor } = await import('./run.ts');
    return runDoctor(context, options);
  },
});
