import { productName } from '@bundle/format';
import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import {
  addNameOption,
  addStateOptions,
  stateOptions,
  theOnlyOne,
} from '../../shared/options/host.ts';

const options = z.object({ name: productName.optional(), ...stateOptions.shape });

export type SourceChoice = z.output<typeof options>;

export const sourceCommand = defineCommand({
  name: 'source',
  summary: 'write the packed source into a folder',
  description: `Writes the source of an imported application into a folder, to be changed there and built with \`bundle rebuild\`: the build contexts as packed by \`bundle export --with-source\`. The folder must be absent or empty.`,
  setUp: (command) =>
    addStateOptions(
      addNameOption(
        command.argument('[folder]', 'where to write it (default: ./PRODUCT)'),
        theOnlyOne,
      ),
    ),
  options,
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
  run: async (context, [folder], chosen) => {
    const { runSource } = await import('./run.ts');
    return runSource(context, folder, chosen);
  },
});
