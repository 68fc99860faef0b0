import { defineCommand } from '../../command.ts';
import { openingCodes } from '../../shared/bundle-codes.ts';
import { addPartOptions, findPartsWith, partOptions } from '../../shared/options/parts.ts';

export const inspectCommand = defineCommand({
  name: 'inspect',
  summary: 'show what is in a bundle and what it costs',
  description:
    'Shows the images of a bundle, what each image and layer costs, what is shared, and the files around them. Reads bundle.json only; `bundle verify` checks the bytes.',
  setUp: (command) =>
    addPartOptions(command.argument('<bundle>', 'folder, .tar or .parts.json file')),
  options: partOptions,
  examples: [
    ['bundle inspect shop.tar', 'tables to read'],
    ['bundle inspect shop.tar --json', 'the same and all of bundle.json, for scripts'],
  ],
  exitCodes: openingCodes,
  run: async (context, [bundle = ''], options) => {
    const { colours } = context;
    const { inspectBundle } = await import('@bundle/verify');
    const { inspectText } = await import('./render.ts');
    const report = await inspectBundle(bundle, findPartsWith(options, context));
    return { json: { ...report, bundle }, text: inspectText(bundle, report, colours) };
  },
});
