import { defineCommand } from '../../command.ts';
import { openingCodes } from '../../shared/exit-codes.ts';
import { addBundleArgument, partOptions } from '../../shared/options/bundle.ts';

export const inspectCommand = defineCommand({
  name: 'inspect',
  summary: 'show what is in a bundle and what it costs',
  description:
    'Shows the images of a bundle, what each image and layer costs, what is shared, and the files around them. Reads bundle.json only; `bundle verify` checks the bytes.',
  setUp: addBundleArgument,
  options: partOptions,
  examples: [
    ['bundle inspect shop.tar', 'tables to read'],
    ['bundle inspect shop.tar --json', 'the same and all of bundle.json, for scripts'],
  ],
  exitCodes: openingCodes,
  run: async (context, [bundle = ''], options) => {
    const { runInspect } = await import('./run.ts');
    return runInspect(context, bundle, options);
  },
});
