import { defineCommand } from '../../command.ts';
import { openingCodes } from '../../shared/exit-codes.ts';
import { addBundleArgument, partOptions, theOnlyBundle } from '../../shared/options/bundle.ts';

export const inspectCommand = defineCommand({
  name: 'inspect',
  summary: 'show the contents of a bundle and their sizes',
  description:
    'Shows the images of a bundle, the size of each image and layer, shared layers, and all other files. Reads bundle.json only; `bundle verify` checks the bytes.',
  setUp: addBundleArgument,
  options: partOptions,
  examples: [
    ['bundle inspect shop.tar', 'as tables'],
    ['bundle inspect shop.tar --json', 'for scripts, with all of bundle.json'],
  ],
  exitCodes: openingCodes,
  phase: 'reading the bundle',
  run: async (context, [bundle = theOnlyBundle], options) => {
    const { runInspect } = await import('./run.ts');
    return runInspect(context, bundle, options);
  },
});
