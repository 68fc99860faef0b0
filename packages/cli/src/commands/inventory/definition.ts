import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import {
  addEngineOptions,
  addStateOptions,
  engineOptions,
  stateOptions,
} from '../../shared/options/host.ts';

const options = engineOptions.extend({
  output: z.string().min(1, 'expected a path').optional(),
  ...stateOptions.shape,
});

export type InventoryChoice = z.output<typeof options>;

export const inventoryCommand = defineCommand({
  name: 'inventory',
  summary: 'write down what this host has, for the next export',
  description:
    'Writes a small text file: the releases that were imported here, and the layers of all images on the engine. Taken to the connected side, `bundle export --for FILE` packs exactly what this host lacks. It holds digests, sizes and names of releases only, and can be read before it leaves the site. Changes nothing.',
  setUp: (command) =>
    addEngineOptions(
      addStateOptions(command.option('-o, --output <path>', 'file to write (default: stdout)')),
    ),
  options,
  examples: [
    ['bundle inventory -o host-a.json', 'on the offline host'],
    ['bundle export --for host-a.json --for host-b.json -o shop-1.1.tar', 'on the connected side'],
  ],
  exitCodes: [
    'engine-unreachable',
    'engine-too-old',
    'engine-failed',
    'input-unreadable',
    'output-unwritable',
    'no-space',
    'manifest-invalid',
    'schema-newer',
  ],
  run: async (context, _, chosen) => {
    const { runInventory } = await import('./run.ts');
    return runInventory(context, chosen);
  },
});
