import { z } from 'zod';
import { defineCommand } from '../../command.ts';

const options = z.object({ passphrase: z.boolean().default(true) });

export type KeygenChoice = z.output<typeof options>;

export const keygenCommand = defineCommand({
  name: 'keygen',
  summary: 'make a key to sign bundles with',
  description:
    'Makes an Ed25519 key pair with ssh-keygen of this host, which asks for a passphrase, and shows the line that other hosts need to trust it. Any other key of OpenSSH can sign too: in a file, in ssh-agent, or in a FIDO authenticator.',
  setUp: (command) =>
    command
      .argument(
        '[path]',
        'private key to write; the public key is PATH.pub (default: bundle/signing-key in the configuration folder of the user)',
      )
      .option('--no-passphrase', 'protect the private key by its file mode only: for scripts'),
  options,
  examples: [
    ['bundle keygen', 'once, on the host that makes bundles'],
    ['bundle keygen release-key --no-passphrase', 'for a build server'],
  ],
  exitCodes: ['output-exists', 'output-unwritable', 'signing-failed'],
  run: async (context, [path], chosen) => {
    const { runKeygen } = await import('./run.ts');
    return runKeygen(context, path, chosen);
  },
});
