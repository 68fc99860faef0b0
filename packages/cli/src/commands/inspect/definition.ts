import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { openingCodes } from '../../shared/exit-codes.ts';
import { addBundleArgument, partOptions, theOnlyBundle } from '../../shared/options/bundle.ts';

const options = z.object({
  ...partOptions.shape,
  images: z.boolean().default(false),
  layers: z.boolean().default(false),
  files: z.boolean().default(false),
  all: z.boolean().default(false),
});

export type InspectChoice = z.output<typeof options>;

export const inspectCommand = defineCommand({
  name: 'inspect',
  summary: 'show the contents of a bundle and their sizes',
  description:
    'Shows what a bundle is, who signed it, how large it is, its services, and the settings to fill in. Reads bundle.json only; `bundle verify` checks the bytes.',
  setUp: (command) =>
    addBundleArgument(command)
      .option('--images', 'also all images, with those for rebuilds')
      .option('--layers', 'also each layer, its size, and the images with it')
      .option('--files', 'also all other files')
      .option('--all', 'all of these'),
  options,
  examples: [
    ['bundle inspect shop.tar', 'overview'],
    ['bundle inspect shop.tar --layers', 'sizes of all layers, and the images that share them'],
    ['bundle inspect shop.tar --json', 'for scripts, with all of bundle.json'],
  ],
  exitCodes: openingCodes,
  phase: 'reading the bundle',
  run: async (context, [bundle = theOnlyBundle], chosen) => {
    const { runInspect } = await import('./run.ts');
    return runInspect(context, bundle, chosen);
  },
});
