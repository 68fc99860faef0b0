import { z } from 'zod';
import { collect, defineCommand } from '../../command.ts';
import { openingCodes } from '../../shared/exit-codes.ts';
import { addBundleArgument, partOptions, theOnlyBundle } from '../../shared/options/bundle.ts';
import { valueOptions } from '../../shared/options/start.ts';
import { pathOption } from '../../shared/options/values.ts';

const options = z.object({
  ...partOptions.shape,
  ...valueOptions.shape,
  output: pathOption.optional(),
  recipient: z.array(z.string()).default([]),
  passphraseFile: pathOption.optional(),
  force: z.boolean().default(false),
});

export type SettingsChoice = z.output<typeof options>;

export const settingsCommand = defineCommand({
  name: 'settings',
  summary: 'answer the settings of a bundle beforehand, into an encrypted file',
  description: `Asks for the settings of a bundle that lack a value, and writes all values into a file for \`bundle import --settings\`. The file is encrypted in the age format, for the key of the offline host or with a passphrase. Carry it apart from the bundle, or beside it.`,
  setUp: (command) =>
    addBundleArgument(command)
      .option('-o, --output <file>', 'file to write (default: ./PRODUCT-VERSION.settings.age)')
      .option(
        '--recipient <key>',
        'public key of age or SSH to encrypt for, or a file with it; repeatable (default: a passphrase)',
        collect,
      )
      .option('--passphrase-file <file>', 'file with the passphrase (default: asked for)')
      .option('--set <name=value>', 'a setting, repeatable; NAME or FILE:NAME', collect)
      .option(
        '--env-file <file>',
        'values of the settings from a file, such as your own .env; repeatable',
        collect,
      )
      .option('--force', 'replace a file'),
  options,
  examples: [
    ['bundle settings shop.tar --env-file .env', 'your own values, with a passphrase'],
    ['bundle settings shop.tar --recipient age1…', 'for the private key of the offline host'],
    ['bundle settings shop.tar --recipient host.pub', 'for its SSH key'],
    ['bundle import shop.tar --up --settings shop-1.0.settings.age', 'on the offline host'],
  ],
  exitCodes: [...openingCodes, 'settings-missing', 'output-exists', 'output-unwritable'],
  run: async (context, [bundle = theOnlyBundle], chosen) => {
    const { runSettings } = await import('./run.ts');
    return runSettings(context, bundle, chosen);
  },
});
