import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { openingCodes } from '../../shared/exit-codes.ts';
import { addBundleArgument, partOptions, theOnlyBundle } from '../../shared/options/bundle.ts';
import { pathOption } from '../../shared/options/values.ts';

const options = partOptions.extend({
  output: pathOption.optional(),
  against: pathOption.optional(),
  force: z.boolean().default(false),
});

export type ReportChoice = z.output<typeof options>;

export const reportCommand = defineCommand({
  name: 'report',
  summary: 'write a page about a bundle, for people',
  description:
    'Writes one HTML page: services, settings to fill in, sizes, layers, signatures and changes. It loads nothing from elsewhere, prints well, and is complete without scripts. Where the bundle has a list of packages, the page shows it, with a search. Reads the front of the bundle only; `bundle verify` checks the bytes.',
  setUp: (command) =>
    addBundleArgument(command)
      .option('-o, --output <file>', 'page to write (default: ./PRODUCT-VERSION.html)')
      .option('--against <bundle>', 'show the changes since this bundle, or bundle.json alone')
      .option('--force', 'replace an existing page'),
  options,
  examples: [
    ['bundle report shop.tar', 'shop-1.1.0.html, to read or to print'],
    ['bundle report shop-1.1.tar --against shop-1.0.tar -o changes.html', 'with the changes'],
  ],
  exitCodes: [...openingCodes, 'output-exists', 'output-unwritable'],
  phase: 'writing the page',
  run: async (context, [bundle = theOnlyBundle], options) => {
    const { runReport } = await import('./run.ts');
    return runReport(context, bundle, options);
  },
});
