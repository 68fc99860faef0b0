import { defineCommand } from '../../command.ts';
import { verifyingCodes } from '../../shared/bundle-codes.ts';
import { addPartOptions, findPartsWith, partOptions } from '../../shared/options/parts.ts';

export const validateCommand = defineCommand({
  name: 'validate',
  summary: 'check specs and bundles, print all findings',
  description:
    'Checks bundle specs, bundle.json files and whole bundles against their schemas and rules, and prints all findings with file, line and document path. Changes nothing; meant for CI.',
  setUp: (command) =>
    addPartOptions(command.argument('<files...>', 'specs, bundle.json files, bundles')),
  options: partOptions,
  examples: [
    ['bundle validate manifests/*.yaml', 'all specs of a project'],
    ['bundle validate shop.tar --json', 'a whole bundle, every byte of it; findings for a program'],
  ],
  exitCodes: ['compose-not-found', 'spec-invalid', ...verifyingCodes, 'findings-present'],
  run: async (context, files, options) => {
    const { onProgress, signal, colours, stderrColours } = context;
    const { validateInputs } = await import('@bundle/verify/validate');
    const { validateOutcome } = await import('./render.ts');
    onProgress({ phase: 'validating', doneBytes: 0 });
    const findings = await validateInputs(files, {
      onProgress,
      signal,
      find: findPartsWith(options, context),
    });
    return validateOutcome(files, findings, colours, stderrColours);
  },
});
