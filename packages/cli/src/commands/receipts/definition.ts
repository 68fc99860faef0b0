import { z } from 'zod';
import { collect, defineCommand } from '../../command.ts';
import { openingCodes, signatureCodes } from '../../shared/exit-codes.ts';
import { addListOptions, listOptions } from '../../shared/options/trust.ts';
import { pathOption } from '../../shared/options/values.ts';

const options = listOptions.extend({ bundle: z.array(pathOption).default([]) });

export type ReceiptsChoice = z.output<typeof options>;

export const receiptsCommand = defineCommand({
  name: 'receipts',
  summary: 'compare the receipts of hosts: which release each has, and what it lacks',
  description:
    'Reads receipts written by `bundle receipt` on other hosts, files or folders of them. Shows for each host and instance the running release, since when it runs, its signer, and the newer releases of its channel missing on that host. Releases are known from the receipts themselves, and from bundles named with --bundle. Needs no engine and no network.\n\nSignatures of receipts are checked. With --allowed-signers, a receipt needs a signature by a key of the list.',
  setUp: (command) =>
    addListOptions(
      command
        .argument('<receipt...>', 'receipts, or folders of receipts')
        .option(
          '--bundle <bundle>',
          'bundle, or its bundle.json alone, to compare the hosts with; repeatable',
          collect,
        ),
    ),
  options,
  examples: [
    ['bundle receipts receipts/', 'all hosts with a receipt in a folder'],
    [
      'bundle receipts receipts/ --allowed-signers site-keys --bundle shop-1.5.tar',
      'who lacks 1.5; receipts signed by these keys only',
    ],
  ],
  exitCodes: [...openingCodes, ...signatureCodes, 'receipt-invalid'],
  phase: 'reading the receipts',
  run: async (context, paths, chosen) => {
    const { runReceipts } = await import('./run.ts');
    return runReceipts(context, paths, chosen);
  },
});
