import { Option } from 'commander';
import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { verifyingCodes } from '../../shared/exit-codes.ts';
import { addPartOptions, partOptions } from '../../shared/options/bundle.ts';

const reportFormat = z.enum(['text', 'sarif', 'junit', 'github', 'gitlab']);
const options = partOptions.extend({ format: reportFormat.default('text') });

export type ReportFormat = z.output<typeof reportFormat>;
export type ValidateChoice = z.output<typeof options>;

export const validateCommand = defineCommand({
  name: 'validate',
  summary: 'check specs and bundles, print all findings',
  description:
    'Checks bundle specs, bundle.json files and whole bundles against their schemas and rules, and prints all findings with file, line and document path. Changes nothing. Intended for CI.',
  setUp: (command) =>
    addPartOptions(command.argument('<files...>', 'specs, bundle.json files, bundles')).addOption(
      new Option(
        '--format <format>',
        'form of the findings: text; sarif or junit reports; github annotations; gitlab code quality',
      )
        .choices(reportFormat.options)
        .conflicts('json'),
    ),
  options,
  examples: [
    ['bundle validate manifests/*.yaml', 'all specs of a project'],
    ['bundle validate shop.tar --json', 'every byte of a bundle, with findings for a program'],
    ['bundle validate *.yaml --format github', 'findings at their lines in a pull request'],
  ],
  exitCodes: ['compose-not-found', 'spec-invalid', ...verifyingCodes, 'findings-present'],
  run: async (context, files, options) => {
    const { runValidate } = await import('./run.ts');
    return runValidate(context, files, options);
  },
});
