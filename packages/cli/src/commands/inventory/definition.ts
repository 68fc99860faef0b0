import type { z } from 'zod';
import { defineCommand } from '../../command.ts';
import {
  addEngineOptions,
  addStateOptions,
  engineOptions,
  stateOptions,
} from '../../shared/options/host.ts';
import { pathOption } from '../../shared/options/values.ts';

const options = engineOptions.extend({
  output: pathOption.optional(),
  ...stateOptions.shape,
});

export type InventoryChoice = z.output<typeof options>;

export const inventoryCommand = defineCommand({
  name: 'inventory',
  summary: 'list the releases and layers of this host, for the next export',
  description:
    'Writes a small text file: the imported releases, the layers of all images on the engine, and the programs of docker. On the source side, `bundle export --for FILE` then packs only what is missing here. The file contains only digests, sizes, versions and release names, so it can be reviewed before it leaves the site. Changes nothing.',
  setUp: (command) =>
    addEngineOptions(
      addStateOptions(command.option('-o, --output <path>', 'file to write (default: stdout)')),
    ),
  options,
  examples: [
    ['bundle inventory -o host-a.json', 'on the offline host'],
    ['bundle export --for host-a.json --for host-b.json -o shop-1.1.tar', 'on the source side'],
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
  phase: 'asking the engine',
  run: async (context, _, chosen) => {
    const { runInventory } = await import('./run.ts');
    return runInventory(context, chosen);
  },
});
