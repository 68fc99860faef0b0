import { digestSchema } from '@bundle/format';
import type { Command } from 'commander';
import { z } from 'zod';
import { pathOption } from './values.ts';

/** Options of commands that compare a bundle with an expected identity. */
export const identityOptions = z.object({ expectDigest: digestSchema.optional() });

export function addIdentityOption(command: Command): Command {
  return command.option(
    '--expect-digest <digest>',
    'refuse bundles with any other identity: sha256:… as `bundle export` prints it',
  );
}

/** Of the commands that check signatures against a list on the command line. */
export const listOptions = z.object({
  allowedSigners: pathOption.optional(),
  revoked: pathOption.optional(),
  signers: z
    .string()
    .regex(/^[1-9]\d?$/, 'expected a number from 1 to 99')
    .transform(Number)
    .optional(),
  principal: z.string().min(1, 'expected a name').optional(),
});

export type ListChoice = z.output<typeof listOptions>;

export function addListOptions(command: Command): Command {
  return command
    .option(
      '--allowed-signers <file>',
      'trusted keys: refuse anything without a signature by one of them (format: ssh-keygen(1), ALLOWED SIGNERS)',
    )
    .option('--revoked <file>', 'public keys to reject, one per line')
    .option('--signers <number>', 'number of different signers to require (default: 1)')
    .option('--principal <name>', 'count only signers listed as NAME');
}

/** Of `bundle verify`. */
export const trustOptions = z.object({ ...identityOptions.shape, ...listOptions.shape });

export type TrustChoice = z.output<typeof trustOptions>;

export function addTrustOptions(command: Command): Command {
  return addListOptions(addIdentityOption(command));
}
