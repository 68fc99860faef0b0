import { productName } from '@bundle/format';
import { z } from 'zod';
import { defineCommand } from '../../command.ts';

export const sourceCommand = defineCommand({
  name: 'source',
  summary: 'write the source that the bundle carries into a folder',
  description: `Writes the source of an imported application into a folder, to be changed there and built with \`bundle rebuild\`: the build contexts, as they were when the bundle was made with --with-source. The folder must be absent or empty.`,
  setUp: (command) =>
    command
      .argument('[folder]', 'where to write it (default: ./PRODUCT)')
      .option('--product <name>', 'the application (default: the only one that is imported)')
      .option('--state-dir <path>', 'state folder (also: BUNDLE_STATE_DIR), as for import'),
  options: z.object({
    product: productName.optional(),
    stateDir: z.string().min(1, 'expected a path').optional(),
  }),
  examples: [['bundle source ~/shop', 'then: cd ~/shop, change it, bundle rebuild']],
  exitCodes: [
    'rebuild-unavailable',
    'output-exists',
    'output-unwritable',
    'no-space',
    'input-unreadable',
    'digest-mismatch',
    'archive-invalid',
    'manifest-invalid',
  ],
  run: async (context, [folder], options) => {
    const { runSource } = await import('./run.ts');
    return runSource(context, folder, options);
  },
});
