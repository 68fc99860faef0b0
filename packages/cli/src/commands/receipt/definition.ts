import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { addStateOptions, stateOptions } from '../../shared/options/host.ts';
import { pathOption } from '../../shared/options/values.ts';

const options = stateOptions.extend({
  output: pathOption,
  sign: pathOption.optional(),
  host: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/, 'expected a host name')
    .optional(),
});

export type ReceiptChoice = z.output<typeof options>;

export const receiptCommand = defineCommand({
  name: 'receipt',
  summary: 'write down which releases this host has and runs, to carry back',
  description:
    'Writes a small text file: the releases on this host, which of them run since when, who signed them, and the digest of the last entry of `bundle history`. It can be reviewed before it leaves the site. With --sign, ssh-keygen of this host signs it, in FILE.sig. On the source side, `bundle receipts` compares the receipts of all hosts. Changes nothing.',
  setUp: (command) =>
    addStateOptions(
      command
        .requiredOption('-o, --output <path>', 'file to write')
        .option('--sign <key>', 'private key of OpenSSH, or the public key of one in ssh-agent')
        .option('--host <name>', 'name of this host (default: the one it has)'),
    ),
  options,
  examples: [
    ['bundle receipt -o web-1.receipt', 'on the offline host'],
    ['bundle receipt -o web-1.receipt --sign ~/.ssh/id_ed25519', 'signed with your own key'],
  ],
  exitCodes: [
    'input-unreadable',
    'manifest-invalid',
    'schema-newer',
    'output-unwritable',
    'no-space',
    'signing-failed',
  ],
  phase: 'writing the receipt',
  run: async (context, _, chosen) => {
    const { runReceipt } = await import('./run.ts');
    return runReceipt(context, chosen);
  },
});
