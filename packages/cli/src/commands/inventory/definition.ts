import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { addEngineOptions, engineOptions } from '../../shared/options/engine.ts';

export const inventoryCommand = defineCommand({
  name: 'inventory',
  summary: 'write down what this host has, for the next export',
  description:
    'Writes a small text file: the releases that were imported here, and the layers of all images on the engine. Taken to the connected side, `bundle export --for FILE` packs exactly what this host lacks. It holds digests, sizes and names of releases only, and can be read before it leaves the site. Changes nothing.',
  setUp: (command) =>
    addEngineOptions(
      command
        .option('-o, --output <path>', 'file to write (default: stdout)')
        .option('--state-dir <path>', 'state folder (also: BUNDLE_STATE_DIR), as for import'),
    ),
  options: engineOptions.extend({
    output: z.string().min(1, 'expected a path').optional(),
    stateDir: z.string().min(1, 'expected a path').optional(),
  }),
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
  run: async (context, _, options) => {
    const { runInventory } = await import('./run.ts');
    return runInventory(context, options);
  },
});
