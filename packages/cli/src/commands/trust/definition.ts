import { Argument } from 'commander';
import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { pathOption } from '../../shared/options/values.ts';

const actions = z.enum(['list', 'add', 'remove', 'revoke', 'require', 'clock']);

export type TrustAction = z.output<typeof actions>;

const options = z.object({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$/, 'expected letters, digits and ._@+-')
    .optional(),
  stateDir: pathOption.optional(),
});

export type TrustOptions = z.output<typeof options>;

export const trustCommand = defineCommand({
  name: 'trust',
  summary: 'choose whose bundles this host accepts',
  description: `add KEYFILE trusts a public key of OpenSSH, or one in PEM as cosign writes it. From then on \`bundle import\` refuses bundles that no trusted key signed, before the engine is touched.

list shows the trusted keys. remove KEY stops trusting a key. revoke KEY refuses a key for good, even if somebody adds it again. KEY is a public key file, a fingerprint or a name.

require N asks for signatures by N different signers. Keys of one name are one signer. require off accepts unsigned bundles again.

clock accepts the current time of this host even if it is earlier than the latest time seen. Only the lifetimes of keys depend on it.

The keys are in the folder _trust of the state folder: allowed_signers, in the format of ssh-keygen(1), and revoked, a list of public keys. You can edit both by hand.`,
  setUp: (command) =>
    command
      .addArgument(new Argument('<action>', 'what to do').choices(actions.options))
      .argument('[value]', 'the key, or the number of signers')
      .option('--name <principal>', 'name of the signer for add (default: the comment of the key)')
      .option(
        '--state-dir <path>',
        'state folder (also: BUNDLE_STATE_DIR; default: /var/lib/bundle as root, else $XDG_STATE_HOME/bundle)',
      )
      .option('-y, --yes', 'do not ask'),
  options,
  examples: [
    [
      'bundle trust add vendor.pub --name vendor@example.com',
      'accept bundles signed with this key only',
    ],
    ['bundle trust require 2', 'two different signers for each bundle'],
    ['bundle trust revoke vendor@example.com', 'its key was lost'],
  ],
  exitCodes: [
    'input-unreadable',
    'trust-invalid',
    'signer-unknown',
    'signer-revoked',
    'state-unwritable',
    'busy',
  ],
  run: async (context, [action, value], chosen) => {
    const { runTrust } = await import('./run.ts');
    return runTrust(context, actions.parse(action), value, chosen);
  },
});
