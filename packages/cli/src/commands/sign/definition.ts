import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { openingCodes } from '../../shared/exit-codes.ts';
import { bundleArgument, theOnlyBundle } from '../../shared/options/bundle.ts';

const path = z.string().min(1, 'expected a path');
const options = z.object({ key: path.optional(), sigstoreKey: path.optional() });

export type SignChoice = z.output<typeof options>;

export const signCommand = defineCommand({
  name: 'sign',
  summary: 'sign an existing bundle',
  description:
    'Signs the bundle.json of a bundle with ssh-keygen of this host, which asks for the passphrase of the key if it has one. The rest of the bundle is neither read nor written: verify it first. The signature goes into the bundle if there is room for it, otherwise into NAME.sig beside it. A bundle can be signed by several keys.\n\nWith --sigstore-key, the signature is a Sigstore bundle, which `cosign verify-blob` checks too: bundle.json.sigstore.json in the bundle, otherwise NAME.sigstore.json beside it. No network, log or certificate is used. A key that cosign encrypted signs with cosign:\n\n  tar -xf shop.tar bundle.json\n  cosign sign-blob --key cosign.key --tlog-upload=false --new-bundle-format --bundle shop.tar.sigstore.json bundle.json',
  setUp: (command) =>
    command
      .argument(...bundleArgument)
      .option('--key <file>', 'private key of OpenSSH, or the public key of one in ssh-agent')
      .option(
        '--sigstore-key <file>',
        'private key in PEM (ECDSA or RSA), for a signature that cosign checks too',
      ),
  options,
  examples: [
    ['bundle sign shop.tar --key ~/.ssh/id_ed25519', 'with an existing key'],
    ['bundle sign shop.tar --key ~/.ssh/id_ed25519_sk', 'with a FIDO key: touch it'],
    ['bundle sign shop.tar --sigstore-key release.pem', 'for hosts that use cosign'],
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
