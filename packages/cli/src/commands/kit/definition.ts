import { digestSchema } from '@bundle/format';
import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { addStateOptions, stateOptions } from '../../shared/options/host.ts';
import { platformOption } from '../../shared/options/platform.ts';
import { pathOption } from '../../shared/options/values.ts';

const options = z.object({
  output: pathOption.optional(),
  force: z.boolean().default(false),
  platform: platformOption.optional(),
  sign: z.array(pathOption).optional(),
  expectDigest: digestSchema.optional(),
  ...stateOptions.shape,
});

export type KitChoice = z.output<typeof options>;

export const kitCommand = defineCommand({
  name: 'kit',
  summary: 'carry the programs of bundles once for each host',
  description:
    'With -o, writes a kit: one file with this command, and the Compose and buildx plugins of this machine. With a file, installs that kit on this host, in the state folder, in place of the previous one; as root also as /usr/local/bin/bundle, if that name is free.\n\nAll releases of the host then use these programs, so its bundles need none: --no-runtime leaves them out, and `bundle export --for` does so by itself.\n\nA kit is checked before it is installed, as a bundle is: every byte, its platform, and its signature if this host trusts keys.',
  setUp: (command) =>
    addStateOptions(
      command
        .argument('[file]', 'kit to install')
        .option('-o, --output <path>', 'kit to write')
        .option('--force', 'replace an existing kit')
        .option('--platform <os/arch>', 'platform of the hosts (default: that of this machine)')
        .option(
          '--sign <key>',
          'sign with a private key of OpenSSH, or the public key of one in ssh-agent; repeatable',
          (key: string, before: string[] = []) => [...before, key],
        )
        .option('--expect-digest <digest>', 'install only the kit with this identity'),
    ),
  options,
  examples: [
    ['bundle kit -o kit.tar', 'on the source side'],
    ['tar -xf kit.tar runtime/bundle', 'on the offline host, which has no command yet'],
    ['sudo ./runtime/bundle kit kit.tar', 'installs it'],
  ],
  exitCodes: [
    'output-exists',
    'output-unwritable',
    'runtime-missing',
    'signing-failed',
    'input-unreadable',
    'archive-truncated',
    'archive-invalid',
    'manifest-invalid',
    'schema-newer',
    'digest-mismatch',
    'identity-mismatch',
    'signature-missing',
    'signature-invalid',
    'signer-unknown',
    'platform-mismatch',
    'state-unwritable',
    'no-space',
  ],
  run: async (context, [file], chosen) => {
    const { runKit } = await import('./run.ts');
    return runKit(context, file, chosen);
  },
});
