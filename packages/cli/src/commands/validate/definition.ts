import { defineCommand } from '../../command.ts';
import { verifyingCodes } from '../../shared/exit-codes.ts';
import { addPartOptions, partOptions } from '../../shared/options/bundle.ts';

export const validateCommand = defineCommand({
  name: 'validate',
  summary: 'check specs and bundles, print all findings',
  description:
    'Checks bundle specs, bundle.json files and whole bundles against their schemas and rules, and prints all findings with file, line and document path. Changes nothing. Intended for CI.',
  setUp: (command) =>
    addPartOptions(command.argument('<files...>', 'specs, bundle.json files, bundles')),
  options: partOptions,
  examples: [
    ['bundle validate manifests/*.yaml', 'all specs of a project'],
    ['bundle validate shop.tar --json', 'every byte of a bundle, with findings for a program'],
  ],
  exitCodes: ['compose-not-found', 'spec-invalid', ...verifyingCodes, 'findings-present'],
  run: async (context, files, options) => {
    const { runValidate } = await import('./run.ts');
    return runValidate(context, files, options);
  },
});
