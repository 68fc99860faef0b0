import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { openingCodes } from '../../shared/exit-codes.ts';
import { bundleArgument, theOnlyBundle } from '../../shared/options/bundle.ts';

const options = z.object({ key: z.string().min(1, 'expected a path') });

export type SignChoice = z.output<typeof options>;

export const signCommand = defineCommand({
  name: 'sign',
  summary: 'sign an existing bundle',
  description:
    'Signs the bundle.json of a bundle with ssh-keygen of this host, which asks for the passphrase of the key if it has one. The rest of the bundle is neither read nor written: verify it first. The signature goes into the bundle if there is room for it, otherwise into NAME.sig beside it. A bundle can be signed by several keys.',
  setUp: (command) =>
    command
      .argument(...bundleArgument)
      .requiredOption(
        '--key <file>',
        'private key of OpenSSH, or the public key of one in ssh-agent',
      ),
  options,
  examples: [
    ['bundle sign shop.tar --key ~/.ssh/id_ed25519', 'with an existing key'],
    ['bundle sign shop.tar --key ~/.ssh/id_ed25519_sk', 'with a FIDO key: touch it'],
  ],
  exitCodes: [
    ...openingCodes,
    'signature-invalid',
    'signing-failed',
    'output-unwritable',
    'no-space',
  ],
  run: async (context, [bundle = theOnlyBundle], chosen) => {
    const { runSign } = await import('./run.ts');
    return runSign(context, bundle, chosen);
  },
});
